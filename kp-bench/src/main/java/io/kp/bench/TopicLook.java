package io.kp.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;

/**
 * What only an administrator's client can ask for: what this client may do with a topic, and the topic's settings. kp has none, so Kafka's is used, with the same
 * configuration.
 *
 * @param operations what may be done, {@code null} if that cannot be seen
 * @param settings   the settings, empty if they cannot be seen
 * @param problem    why something cannot be seen; {@code null} if all can
 */
record TopicLook(Set<String> operations, Map<String, String> settings, String problem) {

    /** Asks. */
    static TopicLook of(final Map<String, String> config, final String topic, final int timeoutMs) {
        final Map<String, Object> settings = config.entrySet().stream()
                .filter(entry -> !entry.getKey().startsWith("kp."))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        settings.put("request.timeout.ms", Integer.toString(timeoutMs));
        settings.put("default.api.timeout.ms", Integer.toString(timeoutMs));
        settings.put("client.id", "kp-doctor");
        Set<String> operations = null;
        Map<String, String> values = Map.of();
        String problem = null;
        try (Admin admin = Admin.create(settings)) {
            final var described = admin
                    .describeTopics(List.of(topic), new DescribeTopicsOptions().includeAuthorizedOperations(true))
                    .allTopicNames();
            final ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            final var configs = admin.describeConfigs(List.of(resource)).all();
            try {
                final TopicDescription description = described.get(timeoutMs, TimeUnit.MILLISECONDS).get(topic);
                if (description.authorizedOperations() != null) {
                    operations = description.authorizedOperations().stream().map(AclOperation::name)
                            .collect(Collectors.toSet());
                }
            } catch (final ExecutionException | TimeoutException e) {
                problem = problem(e);
            }
            try {
                final Config entries = configs.get(timeoutMs, TimeUnit.MILLISECONDS).get(resource);
                values = entries.entries().stream().filter(entry -> entry.value() != null)
                        .collect(Collectors.toMap(ConfigEntry::name, ConfigEntry::value));
            } catch (final ExecutionException | TimeoutException e) {
                problem = problem(e);
            }
        } catch (final KafkaException e) {
            problem = problem(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            problem = "interrupted";
        }
        return new TopicLook(operations, values, problem);
    }

    private static String problem(final Exception e) {
        final Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
        return cause.getClass().getSimpleName().replace("Exception", "").toLowerCase(Locale.ROOT)
                + (cause.getMessage() == null ? "" : ": " + cause.getMessage());
    }
}
