package io.kp.client;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;

import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.DynamicMBean;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A producer's metrics as MBeans: Kafka's under the names that Kafka's client has ({@code kafka.producer:type=producer-metrics,client-id=...}), so that dashboards go on
 * working; and one of kp's own, {@code io.kp:type=producer,client-id=...}, with {@code Explanation} and everything as {@code Json}. Loaded only if asked for. An
 * attribute is computed when somebody reads it, on their thread.
 *
 * <p>MBeans of topics and brokers come with the first batch and connection, registered by the I/O thread, once each; all go when the producer ends.
 */
final class KafkaMBeans {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaMBeans.class);
    private static final String DOMAIN = "kafka.producer";
    static final String OWN_DOMAIN = "io.kp";
    private static final Pattern PLAIN = Pattern.compile("[\\w-%\\. \t]*");

    private final Supplier<MetricsSnapshot> snapshots;
    private final Supplier<Explanation> explanations;
    private final ProducerStats stats;
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final Map<String, ObjectName> names = new ConcurrentHashMap<>();
    private boolean closed;

    KafkaMBeans(final ProducerStats stats, final Supplier<MetricsSnapshot> snapshots,
            final Supplier<Explanation> explanations) {
        this.stats = stats;
        this.snapshots = snapshots;
        this.explanations = explanations;
    }

    /** Registers what there is and is not registered yet. */
    synchronized void update() {
        if (closed) {
            return;
        }
        register(DOMAIN + ":type=" + MetricTable.PRODUCER + client(), new OfGroup(MetricTable.PRODUCER, Map.of()));
        register(OWN_DOMAIN + ":type=producer" + client(), new Own());
        for (final String topic : stats.topics.keySet()) {
            register(DOMAIN + ":type=" + MetricTable.TOPIC + client() + ",topic=" + quoted(topic),
                    new OfGroup(MetricTable.TOPIC, Map.of("topic", topic)));
        }
        for (final Integer node : stats.nodes.keySet()) {
            final String tag = MetricTable.nodeTag(node);
            register(DOMAIN + ":type=" + MetricTable.NODE + client() + ",node-id=" + quoted(tag),
                    new OfGroup(MetricTable.NODE, Map.of("node-id", tag)));
        }
    }

    private String client() {
        return ",client-id=" + quoted(stats.clientId);
    }

    /** As Kafka's client does it. */
    private static String quoted(final String value) {
        return PLAIN.matcher(value).matches() ? value : ObjectName.quote(value);
    }

    private void register(final String name, final DynamicMBean bean) {
        if (names.containsKey(name)) {
            return;
        }
        try {
            final ObjectName objectName = new ObjectName(name);
            names.put(name, objectName);
            server.registerMBean(bean, objectName);
        } catch (final InstanceAlreadyExistsException e) {
            names.remove(name);
            LOG.warn("another producer shows its metrics under this name, this one does not: name={}", name);
            // Else it would be tried again with each new topic.
            closed = true;
        } catch (final JMException e) {
            LOG.warn("metrics cannot be shown: name={}", name, e);
        }
    }

    synchronized void close() {
        closed = true;
        for (final ObjectName name : names.values()) {
            try {
                server.unregisterMBean(name);
            } catch (final JMException e) {
                LOG.debug("was not registered any more: name={}", name, e);
            }
        }
        names.clear();
    }

    /** Attributes without setters and operations. */
    private abstract static class ReadOnly implements DynamicMBean {
        @Override
        public final void setAttribute(final Attribute attribute) throws AttributeNotFoundException {
            throw new AttributeNotFoundException("cannot be set: " + attribute.getName());
        }

        @Override
        public final AttributeList setAttributes(final AttributeList attributes) {
            return new AttributeList();
        }

        @Override
        public final Object invoke(final String action, final Object[] parameters, final String[] signature) {
            throw new UnsupportedOperationException("no such operation: " + action);
        }

        @Override
        public final Object getAttribute(final String name) throws AttributeNotFoundException {
            final Object value = values().get(name);
            if (value == null) {
                throw new AttributeNotFoundException("no such attribute: " + name);
            }
            return value;
        }

        @Override
        public final AttributeList getAttributes(final String[] wanted) {
            final Map<String, Object> values = values();
            final AttributeList list = new AttributeList();
            for (final String name : wanted) {
                if (values.containsKey(name)) {
                    list.add(new Attribute(name, values.get(name)));
                }
            }
            return list;
        }

        abstract Map<String, Object> values();
    }

    private final class OfGroup extends ReadOnly {
        private final String group;
        private final Map<String, String> tags;

        OfGroup(final String group, final Map<String, String> tags) {
            this.group = group;
            this.tags = tags;
        }

        @Override
        Map<String, Object> values() {
            final Map<String, Object> values = new LinkedHashMap<>();
            for (final MetricValue value : snapshots.get().values()) {
                if (value.metric().group().equals(group) && value.tags().equals(tags)) {
                    values.put(value.metric().name(), value.value());
                }
            }
            return values;
        }

        @Override
        public MBeanInfo getMBeanInfo() {
            return new MBeanInfo(KafkaMBeans.class.getName(), "metrics of group " + group,
                    Metric.all().stream().filter(metric -> metric.group().equals(group))
                            .map(metric -> new MBeanAttributeInfo(metric.name(), "double",
                                    metric.description() + " Unit: " + metric.unit(), true, false, false))
                            .toArray(MBeanAttributeInfo[]::new),
                    null, null, null);
        }
    }

    private final class Own extends ReadOnly {
        @Override
        Map<String, Object> values() {
            return Map.of("Explanation", explanations.get().text(), "Json", json(snapshots.get(), explanations.get()));
        }

        @Override
        public MBeanInfo getMBeanInfo() {
            return new MBeanInfo(KafkaMBeans.class.getName(), "a producer of kp", new MBeanAttributeInfo[]{
                    new MBeanAttributeInfo("Explanation", "java.lang.String", "what limits the producer now", true,
                            false, false),
                    new MBeanAttributeInfo("Json", "java.lang.String", "all metrics and the explanation, as JSON", true,
                            false, false)},
                    null, null, null);
        }
    }

    /** {@code {"client-id": ..., "limit": ..., "explanation": ..., "values": [{"group", "name", tags..., "value"}]}}; what is not a number is null. */
    static String json(final MetricsSnapshot snapshot, final Explanation explanation) {
        final StringBuilder out = new StringBuilder(16 * 1024);
        out.append("{\"client-id\": ");
        string(out, snapshot.clientId());
        out.append(", \"limit\": ");
        string(out, explanation.limit().name().toLowerCase(Locale.ROOT));
        out.append(", \"explanation\": ");
        string(out, explanation.text());
        out.append(", \"values\": [");
        String separator = "";
        for (final MetricValue value : snapshot.values()) {
            out.append(separator).append("{\"group\": ");
            string(out, value.metric().group());
            out.append(", \"name\": ");
            string(out, value.metric().name());
            for (final Map.Entry<String, String> tag : value.tags().entrySet()) {
                out.append(", ");
                string(out, tag.getKey());
                out.append(": ");
                string(out, tag.getValue());
            }
            out.append(", \"value\": ").append(Double.isFinite(value.value()) ? Double.toString(value.value()) : "null")
                    .append('}');
            separator = ",\n";
        }
        return out.append("]}").toString();
    }

    private static void string(final StringBuilder out, final String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
