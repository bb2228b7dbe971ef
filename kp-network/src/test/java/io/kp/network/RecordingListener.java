package io.kp.network;

import java.util.ArrayList;
import java.util.List;

/** Remembers the connections' events. */
final class RecordingListener implements ConnectionListener {
    final List<String> events = new ArrayList<>();
    final List<RequestFailure> failures = new ArrayList<>();
    final List<Throwable> errors = new ArrayList<>();
    long throttledMs;

    @Override
    public void onReady(int nodeId, String address, long nowNs) {
        events.add("ready " + nodeId);
    }

    @Override
    public void onDisconnect(RequestFailure failure, boolean wasReady, long nowNs) {
        events.add((wasReady ? "lost " : "unreached ") + failure.nodeId());
        failures.add(failure);
    }

    @Override
    public void onThrottle(int nodeId, long throttleMs) {
        throttledMs += throttleMs;
    }

    @Override
    public void onHandlerError(Throwable error) {
        errors.add(error);
    }
}
