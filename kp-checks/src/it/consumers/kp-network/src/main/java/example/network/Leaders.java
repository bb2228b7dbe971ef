package example.network;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

import io.kp.metadata.Node;
import io.kp.network.ConnectionListener;
import io.kp.network.FrameReader;
import io.kp.network.HostResolver;
import io.kp.network.MetadataRequest;
import io.kp.network.MetadataResponse;
import io.kp.network.NetworkClient;
import io.kp.network.NetworkConfig;
import io.kp.network.NioTransport;
import io.kp.network.RequestFailure;
import io.kp.network.ResponseHandler;

/** Asks a broker who leads the partitions of a topic: {@code Leaders localhost 9092 orders}. */
public final class Leaders {
    public static void main(String[] args) throws Exception {
        Node broker = Node.bootstrap(0, args[0], Integer.parseInt(args[1]));
        CompletableFuture<MetadataResponse> answer = new CompletableFuture<>();
        try (NetworkClient network = new NetworkClient(NetworkConfig.builder().clientId("leaders").build(),
                NioTransport.open(), HostResolver.system(), System::nanoTime, RandomGenerator.getDefault(),
                ConnectionListener.NONE)) {
            boolean sent = false;
            // This thread owns the client: whatever happens, happens within poll.
            while (!answer.isDone()) {
                long now = System.nanoTime();
                if (!sent && network.ready(broker, now)) {
                    network.send(broker, MetadataRequest.topics(List.of(args[2]), false), handler(answer), now);
                    sent = true;
                }
                network.poll(TimeUnit.MILLISECONDS.toNanos(100), now);
                if (!sent && network.lastFailure(broker.id()) != null) {
                    throw new IllegalStateException(network.lastFailure(broker.id()).message());
                }
            }
        }
        for (MetadataResponse.Topic topic : answer.get().topics()) {
            for (MetadataResponse.Partition partition : topic.partitions()) {
                System.out.println(topic.name() + "-" + partition.partition() + " is led by " + partition.leaderId());
            }
        }
    }

    private static ResponseHandler handler(CompletableFuture<MetadataResponse> answer) {
        return new ResponseHandler() {
            @Override
            public void onResponse(FrameReader body, short version, long nowNs) {
                answer.complete(MetadataResponse.decode(body));
            }

            @Override
            public void onFailure(RequestFailure failure, long nowNs) {
                answer.completeExceptionally(new IllegalStateException(failure.message()));
            }
        };
    }
}
