package io.kp.client;

/** What the batch keeps for a record that interceptors want to hear of. They hear of it before the callback or future does. */
final class InterceptedCompletion {
    private final Interceptors<?, ?> interceptors;
    private final Headers headers;
    private final Object completion;

    InterceptedCompletion(final Interceptors<?, ?> interceptors, final Headers headers, final Object completion) {
        this.interceptors = interceptors;
        this.headers = headers;
        this.completion = completion;
    }

    /** What the caller of send gave; may be {@code null}. */
    Object completion() {
        return completion;
    }

    Object tellInterceptors(final RecordMetadata metadata, final KpException failure) {
        interceptors.onAcknowledgement(metadata, failure, headers);
        return completion;
    }
}
