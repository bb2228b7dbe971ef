module example.micrometer {
    requires io.kp.micrometer;
}
