package io.kp.client;

import java.util.function.Supplier;

/** What needs modules of the JDK that may be absent: only here it is decided whether the classes that need them are loaded. */
final class Optionals {
    private Optionals() {
    }

    /** Ends with the producer. */
    interface Beans {
        void close();
    }

    static FlightEvents flightEvents() {
        return has("jdk.jfr") ? new JfrFlightEvents() : FlightEvents.NONE;
    }

    static Beans beans(final ProducerStats stats, final Supplier<MetricsSnapshot> snapshots,
            final Supplier<Explanation> explanations) {
        final KafkaMBeans beans = new KafkaMBeans(stats, snapshots, explanations);
        beans.update();
        stats.onNew(beans::update);
        return beans::close;
    }

    /** @throws ConfigException if the module that MBeans need is not there */
    static void requireManagement(final String key, final Object value) {
        if (!has("java.management")) {
            throw new ConfigException(key, value,
                    "needs the module java.management, which this Java has not resolved: start it with --add-modules java.management");
        }
    }

    private static boolean has(final String module) {
        return ModuleLayer.boot().findModule(module).isPresent();
    }
}
