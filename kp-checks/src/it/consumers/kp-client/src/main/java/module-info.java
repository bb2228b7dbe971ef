module example.client {
    requires io.kp.client;
}
