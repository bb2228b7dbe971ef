package io.kp.network;

import java.util.ArrayList;
import java.util.List;

/** Remembers what it was told, and does what a test wants on a response. */
final class RecordingHandler implements ResponseHandler {
    interface OnResponse {
        void run(FrameReader body, short version);
    }

    private final String name;
    private final List<String> log;
    private final OnResponse onResponse;
    boolean written;
    boolean responded;
    int bodyBytes = -1;
    short version = -1;
    RequestFailure failure;

    RecordingHandler() {
        this("request", new ArrayList<>());
    }

    RecordingHandler(String name, List<String> log) {
        this(name, log, (body, version) -> {
        });
    }

    RecordingHandler(String name, List<String> log, OnResponse onResponse) {
        this.name = name;
        this.log = log;
        this.onResponse = onResponse;
    }

    boolean ended() {
        return responded || failure != null;
    }

    @Override
    public void onWritten(long nowNs) {
        if (written || ended()) {
            throw new AssertionError("written out of turn: " + name);
        }
        written = true;
        log.add(name + " written");
    }

    @Override
    public void onResponse(FrameReader body, short version, long nowNs) {
        if (ended()) {
            throw new AssertionError("ended twice: " + name);
        }
        log.add(name + " response");
        bodyBytes = body == null ? -1 : body.remaining();
        this.version = version;
        onResponse.run(body, version);
        responded = true;
    }

    @Override
    public void onFailure(RequestFailure failure, long nowNs) {
        if (ended()) {
            throw new AssertionError("ended twice: " + name);
        }
        log.add(name + " failure");
        this.failure = failure;
    }
}
