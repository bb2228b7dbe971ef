module example.partition {
    requires io.kp.partition;
}
