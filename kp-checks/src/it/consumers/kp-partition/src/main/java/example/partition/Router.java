package example.partition;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.kp.partition.KeyPartitioner;

/** Says to which of a topic's partitions each key goes: {@code Router 12 customer-7 customer-8}. */
public final class Router {
    public static void main(String[] args) {
        int partitions = Integer.parseInt(args[0]);
        for (int i = 1; i < args.length; i++) {
            System.out.println(args[i] + " -> " + KeyPartitioner.partition(args[i].getBytes(UTF_8), partitions));
        }
    }
}
