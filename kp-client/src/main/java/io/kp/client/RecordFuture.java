package io.kp.client;

import java.util.concurrent.CompletableFuture;

/** The future of one record: what the batch keeps for it while it is buffered. */
final class RecordFuture extends CompletableFuture<RecordMetadata> {
}
