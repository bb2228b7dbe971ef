package io.kp.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.Reader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;

import org.apache.kafka.common.utils.Exit;

/**
 * Runs one Kafka node in a JVM of its own, for as long as the process that started it lives.
 *
 * <p>
 * The starter holds the other end of this process's standard input. Whatever ends the starter, SIGKILL included, the kernel closes that
 * pipe; this process then deletes the cluster's folder and halts. It runs on Kafka's class path, not on kp's module path, and reaches
 * Kafka's entry points by reflection because their places differ between releases.
 */
final class BrokerMain {
    private BrokerMain() {
    }

    /**
     * Prepares what the node needs, and runs it: formats the storage unless it is formatted, or for a node of the time before KRaft starts ZooKeeper.
     *
     * @param args the cluster's folder, the node's properties file, the cluster's id
     * @throws ReflectiveOperationException
     *                                          if this Kafka has none of the entry points that are known here
     * @throws IOException
     *                                          if the properties cannot be read
     */
    public static void main(final String[] args) throws ReflectiveOperationException, IOException {
        final Path folder = Path.of(args[0]);
        final String properties = args[1];
        final String clusterId = args[2];
        final Thread watcher = new Thread(() -> endWithStarter(folder), "kp-starter-watcher");
        watcher.setDaemon(true);
        watcher.start();

        final Properties values = new Properties();
        try (Reader in = Files.newBufferedReader(Path.of(properties))) {
            values.load(in);
        }
        final String zooKeeper = values.getProperty("zookeeper.connect");
        if (zooKeeper == null) {
            format(properties, clusterId);
        } else {
            startZooKeeper(folder, zooKeeper);
        }
        Class.forName("kafka.Kafka").getMethod("main", String[].class).invoke(null, (Object) new String[]{properties});
    }

    private static void format(final String properties, final String clusterId) throws ReflectiveOperationException {
        final Object status;
        try {
            status = Class.forName("kafka.tools.StorageTool").getMethod("execute", String[].class, PrintStream.class)
                    .invoke(null, new String[]{"format", "-g", "-t", clusterId, "-c", properties}, System.out);
        } catch (final InvocationTargetException e) {
            throw new IllegalStateException("formatting the storage failed: properties=" + properties, e.getCause());
        }
        if (!Integer.valueOf(0).equals(status)) {
            throw new IllegalStateException(
                    "formatting the storage failed: status=" + status + ", properties=" + properties);
        }
    }

    /** In this process; the broker connects to it as soon as it listens. */
    private static void startZooKeeper(final Path folder, final String address)
            throws ReflectiveOperationException, IOException {
        final int colon = address.lastIndexOf(':');
        final Path config = folder.resolve("zookeeper.properties");
        Files.writeString(config,
                "dataDir=" + folder.resolve("zookeeper").toString().replace("\\", "\\\\") + "\nclientPortAddress="
                        + address.substring(0, colon) + "\nclientPort=" + address.substring(colon + 1) + "\n");
        System.setProperty("zookeeper.admin.enableServer", "false");
        System.setProperty("zookeeper.jmx.log4j.disable", "true");
        final Method main = Class.forName("org.apache.zookeeper.server.ZooKeeperServerMain").getMethod("main",
                String[].class);
        final Thread thread = new Thread(() -> {
            try {
                main.invoke(null, (Object) new String[]{config.toString()});
            } catch (final ReflectiveOperationException e) {
                throw new IllegalStateException("ZooKeeper failed: config=" + config, e);
            }
        }, "kp-zookeeper");
        thread.setDaemon(true);
        thread.start();
    }

    private static void endWithStarter(final Path folder) {
        try {
            final InputStream in = System.in;
            while (in.read() >= 0) {
                // Nothing is ever sent; only the end of the stream means something.
            }
        } catch (final IOException e) {
            // An unreadable pipe is a closed one.
        }
        // Kafka halts by itself once it misses its files, and would do so before the folder is gone.
        final Exit.Procedure wait = (code, message) -> LockSupport.park();
        Exit.setExitProcedure(wait);
        Exit.setHaltProcedure(wait);
        Folders.deleteTree(folder);
        Runtime.getRuntime().halt(0);
    }
}
