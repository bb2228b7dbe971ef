module example.opentelemetry {
    requires io.kp.opentelemetry;
}
