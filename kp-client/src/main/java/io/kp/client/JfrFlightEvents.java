package io.kp.client;

import io.kp.accumulator.Batch;
import io.kp.metadata.Node;
import io.kp.metadata.TopicPartition;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/**
 * The events of a producer for the JDK's Flight Recorder. Loaded only where the module {@code jdk.jfr} is. An event that nobody records costs one look whether anybody
 * does, and no object.
 */
final class JfrFlightEvents extends FlightEvents {
    /** Loaded when there is a recorder: registering events takes longer than opening a producer. */
    private static final class Types {
        static final EventType SEALED = EventType.getEventType(BatchSealed.class);
        static final EventType SENT = EventType.getEventType(BatchSent.class);
        static final EventType ACKNOWLEDGED = EventType.getEventType(BatchAcknowledged.class);
        static final EventType FAILED = EventType.getEventType(BatchFailed.class);
        static final EventType MEMORY = EventType.getEventType(MemoryWait.class);
        static final EventType METADATA = EventType.getEventType(MetadataRefresh.class);
        static final EventType CONNECTION = EventType.getEventType(ConnectionChange.class);
        static final EventType SLOW = EventType.getEventType(SlowCallback.class);
    }

    private static boolean isRecording() {
        return FlightRecorder.isInitialized();
    }

    /** What events of batches have in common. */
    @Category({"kp", "Producer"})
    @StackTrace(false)
    abstract static class OfBatch extends Event {
        @Label("Client Id")
        String clientId;
        @Label("Topic")
        String topic;
        @Label("Partition")
        int partition;
        @Label("Records")
        int records;
        @Label("Size")
        @DataAmount
        int size;

        final void of(final String client, final Batch batch) {
            final TopicPartition where = batch.topicPartition();
            clientId = client;
            topic = where.topic();
            partition = where.partition();
            records = batch.recordCount();
            size = batch.sizeInBytes();
        }
    }

    @Name("io.kp.BatchSealed")
    @Label("Batch Sealed")
    @Description("A batch takes no more records and goes into its first request")
    static final class BatchSealed extends OfBatch {
        @Label("Fill Time")
        @Description("From the batch's first record until it took no more")
        @Timespan(Timespan.NANOSECONDS)
        long fillTime;
    }

    @Name("io.kp.BatchSent")
    @Label("Batch Sent")
    @Description("A batch is handed to a connection")
    static final class BatchSent extends OfBatch {
        @Label("Node Id")
        int nodeId;
        @Label("Attempt")
        int attempt;
    }

    @Name("io.kp.BatchAcknowledged")
    @Label("Batch Acknowledged")
    @Description("A batch is in the log, as far as acks asks for")
    static final class BatchAcknowledged extends OfBatch {
        @Label("Base Offset")
        long baseOffset;
        @Label("Age")
        @Description("Since the batch's first record was accepted")
        @Timespan(Timespan.NANOSECONDS)
        long age;
    }

    @Name("io.kp.BatchFailed")
    @Label("Batch Failed")
    @Description("A batch has failed for good")
    static final class BatchFailed extends OfBatch {
        @Label("Reason")
        String reason;
        @Label("Age")
        @Description("Since the batch's first record was accepted")
        @Timespan(Timespan.NANOSECONDS)
        long age;
    }

    @Name("io.kp.MemoryWait")
    @Label("Memory Wait")
    @Description("A thread has waited for buffer.memory")
    @Category({"kp", "Producer"})
    static final class MemoryWait extends Event {
        @Label("Client Id")
        String clientId;
        @Label("Bytes Wanted")
        @DataAmount
        int bytes;
        @Label("Wait Time")
        @Timespan(Timespan.NANOSECONDS)
        long waitTime;
        @Label("Obtained")
        boolean obtained;
    }

    @Name("io.kp.MetadataRefresh")
    @Label("Metadata Refresh")
    @Description("A request for metadata was answered, or has failed")
    @Category({"kp", "Producer"})
    @StackTrace(false)
    static final class MetadataRefresh extends Event {
        @Label("Client Id")
        String clientId;
        @Label("Successful")
        boolean successful;
        @Label("Request Time")
        @Timespan(Timespan.NANOSECONDS)
        long requestTime;
        @Label("Detail")
        String detail;
    }

    @Name("io.kp.ConnectionState")
    @Label("Connection State")
    @Description("A connection can be used, has ended, or could not be made")
    @Category({"kp", "Producer"})
    @StackTrace(false)
    static final class ConnectionChange extends Event {
        @Label("Client Id")
        String clientId;
        @Label("Node Id")
        int nodeId;
        @Label("Address")
        String address;
        @Label("State")
        String state;
        @Label("Reason")
        String reason;
    }

    @Name("io.kp.SlowCallback")
    @Label("Slow Callback")
    @Description("The callbacks of a batch took longer than half a second")
    @Category({"kp", "Producer"})
    @StackTrace(false)
    static final class SlowCallback extends Event {
        @Label("Topic")
        String topic;
        @Label("Partition")
        int partition;
        @Label("Records")
        int records;
        @Label("Callback")
        String callback;
        @Label("On Executor")
        boolean executor;
        @Label("Time")
        @Timespan(Timespan.NANOSECONDS)
        long time;
    }

    @Override
    void sealed(final String clientId, final Batch batch, final long tookNs) {
        if (isRecording() && Types.SEALED.isEnabled()) {
            final BatchSealed event = new BatchSealed();
            event.of(clientId, batch);
            event.fillTime = tookNs;
            event.commit();
        }
    }

    @Override
    void sent(final String clientId, final Batch batch, final Node node, final int attempt) {
        if (isRecording() && Types.SENT.isEnabled()) {
            final BatchSent event = new BatchSent();
            event.of(clientId, batch);
            event.nodeId = node.id();
            event.attempt = attempt;
            event.commit();
        }
    }

    @Override
    void acknowledged(final String clientId, final Batch batch, final long baseOffset, final long ageNs) {
        if (isRecording() && Types.ACKNOWLEDGED.isEnabled()) {
            final BatchAcknowledged event = new BatchAcknowledged();
            event.of(clientId, batch);
            event.baseOffset = baseOffset;
            event.age = ageNs;
            event.commit();
        }
    }

    @Override
    void failed(final String clientId, final Batch batch, final KpException failure, final long ageNs) {
        if (isRecording() && Types.FAILED.isEnabled()) {
            final BatchFailed event = new BatchFailed();
            event.of(clientId, batch);
            event.reason = failure.getMessage();
            event.age = ageNs;
            event.commit();
        }
    }

    @Override
    void memoryWait(final String clientId, final int bytes, final long tookNs, final boolean obtained) {
        if (isRecording() && Types.MEMORY.isEnabled()) {
            final MemoryWait event = new MemoryWait();
            event.clientId = clientId;
            event.bytes = bytes;
            event.waitTime = tookNs;
            event.obtained = obtained;
            event.commit();
        }
    }

    @Override
    void metadata(final String clientId, final boolean known, final long tookNs, final String what) {
        if (isRecording() && Types.METADATA.isEnabled()) {
            final MetadataRefresh event = new MetadataRefresh();
            event.clientId = clientId;
            event.successful = known;
            event.requestTime = tookNs;
            event.detail = what;
            event.commit();
        }
    }

    @Override
    void connection(final String clientId, final int nodeId, final String address, final String state,
            final String reason) {
        if (isRecording() && Types.CONNECTION.isEnabled()) {
            final ConnectionChange event = new ConnectionChange();
            event.clientId = clientId;
            event.nodeId = nodeId;
            event.address = address;
            event.state = state;
            event.reason = reason;
            event.commit();
        }
    }

    @Override
    void slowCallback(final TopicPartition partition, final int records, final String callback, final boolean executor,
            final long tookNs) {
        if (isRecording() && Types.SLOW.isEnabled()) {
            final SlowCallback event = new SlowCallback();
            event.topic = partition.topic();
            event.partition = partition.partition();
            event.records = records;
            event.callback = callback;
            event.executor = executor;
            event.time = tookNs;
            event.commit();
        }
    }
}
