module example.network {
    requires io.kp.network;
}
