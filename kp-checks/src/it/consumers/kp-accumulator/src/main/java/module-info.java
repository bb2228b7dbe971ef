module example.accumulator {
    requires io.kp.accumulator;
}
