module example.testkit {
    requires io.kp.testkit;
}
