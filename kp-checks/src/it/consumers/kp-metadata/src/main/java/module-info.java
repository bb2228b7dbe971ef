module example.metadata {
    requires io.kp.metadata;
}
