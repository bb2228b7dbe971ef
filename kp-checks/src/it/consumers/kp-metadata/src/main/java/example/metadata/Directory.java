package example.metadata;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.random.RandomGenerator;

import io.kp.metadata.ClusterUpdate;
import io.kp.metadata.Metadata;
import io.kp.metadata.MetadataConfig;
import io.kp.metadata.MetadataRequestPlan;
import io.kp.metadata.Node;
import io.kp.metadata.PartitionInfo;
import io.kp.metadata.TopicId;
import io.kp.metadata.TopicInfo;
import io.kp.metadata.TopicUpdate;

/** Who leads which partition, asked for when somebody wants to know it. */
public final class Directory {
    public static void main(String[] args) throws Exception {
        CountDownLatch wanted = new CountDownLatch(1);
        try (Metadata metadata = new Metadata(MetadataConfig.DEFAULTS, List.of(Node.bootstrap(0, "localhost", 9092)),
                System::nanoTime, RandomGenerator.getDefault())) {
            metadata.onUpdateWanted(wanted::countDown);

            // A caller asks for a topic that nobody has asked for yet, and waits.
            CompletableFuture<TopicInfo> caller = CompletableFuture.supplyAsync(() -> {
                try {
                    return metadata.awaitTopic("orders", -1, Duration.ofSeconds(30).toNanos());
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });

            // The I/O thread is woken, sends the request that the plan says, and hands in what was answered.
            wanted.await();
            MetadataRequestPlan plan = metadata.beginUpdate(System.nanoTime());
            System.out.println("asked for " + plan.topics());
            metadata.completeUpdate(plan, answer(plan.topics()), System.nanoTime());

            TopicInfo topic = caller.get();
            for (int i = 0; i < topic.partitionCount(); i++) {
                System.out.println(topic.name() + "-" + i + " is led by " + metadata.cluster().leaderOf(topic.name(), i));
            }
        }
    }

    /** What a broker would answer; kp-network has the request and its answer, see its README. */
    private static ClusterUpdate answer(List<String> topics) {
        return new ClusterUpdate("cluster", 1, List.of(new Node(1, "one.example", 9092), new Node(2, "two.example", 9092)),
                topics.stream().map(name -> TopicUpdate.described(name, TopicId.ZERO, false,
                        List.of(new PartitionInfo(name, 0, 1, 5), new PartitionInfo(name, 1, 2, 5)), false)).toList());
    }
}
