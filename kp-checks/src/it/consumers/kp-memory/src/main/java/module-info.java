module example.memory {
    requires io.kp.memory;
}
