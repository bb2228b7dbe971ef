package io.kp.checks;

import java.util.Map;

import io.kp.client.ConfigException;
import io.kp.client.ProducerConfig;

/** A program for a JVM of its own: asks for MBeans, and prints what it is told. */
final class AskForBeans {
    private AskForBeans() {
    }

    /** @param args key and value that ask for them */
    public static void main(final String[] args) {
        try {
            System.out.println("jmx=" + ProducerConfig.of(Map.of("bootstrap.servers", "localhost:1", args[0], args[1]))
                    .jmx());
        } catch (final ConfigException e) {
            System.out.println(e.key());
            System.out.println(e.getMessage());
        }
    }
}
