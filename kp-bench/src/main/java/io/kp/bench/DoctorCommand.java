package io.kp.bench;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kp doctor}. */
@Command(name = "doctor", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, description = "Why can I not connect or produce? Looks at configuration, DNS, TCP, TLS, SASL, versions, metadata, advertised listeners and the topic, as a producer of this configuration would meet them, and says what to do.", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "0:a producer of this configuration can do its work, as far as was looked at", "1:it cannot",
        "2:the command line or the configuration is wrong; nobody was asked anything",
        "70:a defect of the tool itself"}, footerHeading = "%nExamples:%n", footer = {
                "  kp doctor -b localhost:9092", "  kp doctor -b broker-1:9093 -F client.properties -t orders",
                "  kp doctor -b localhost:9092 -t orders --send --json",
                "", "Nothing is written to the cluster unless --send is given. Secrets are never shown."})
final class DoctorCommand implements Callable<Integer> {
    private static final int MIN_SECONDS = 1;
    private static final int MAX_SECONDS = 600;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ClientOptions clientOptions;

    @Option(names = {"-t", "--topic"}, paramLabel = "TOPIC", description = "Look at this topic too.")
    private String topic;

    @Option(names = "--send", description = "Send one record to the topic: its value is \"kp doctor\". Consumers will see it.")
    private boolean send;

    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "30", description = "Time for all of it (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Option(names = "--json", arity = "0..1", paramLabel = "FILE", fallbackValue = JsonOption.STANDARD_OUTPUT, description = "Write the findings as JSON to the file; to standard output for - or no file, and for people to standard error.")
    private String json;

    @Override
    public Integer call() {
        final Map<String, String> config = clientOptions.merged(spec);
        if (config.get("bootstrap.servers") == null) {
            throw new ParameterException(spec.commandLine(), "whom to look at? -b HOST:PORT,… is missing");
        }
        if (send && topic == null) {
            throw new ParameterException(spec.commandLine(), "--send needs a topic: -t TOPIC");
        }
        if (timeoutSeconds < MIN_SECONDS || timeoutSeconds > MAX_SECONDS) {
            throw new ParameterException(spec.commandLine(),
                    "--timeout: " + MIN_SECONDS + " to " + MAX_SECONDS + ", not " + timeoutSeconds);
        }
        final JsonOption output = JsonOption.of(spec, json);
        // All that a log would tell is among the findings, in better words.
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
        System.setProperty("org.slf4j.simpleLogger.log.io.kp", "off");
        System.setProperty("org.slf4j.simpleLogger.log.org.apache.kafka", "off");
        final DoctorReport report = new Doctor(config, topic, send, Duration.ofSeconds(timeoutSeconds)).run();
        output.people().print(report.text());
        output.people().flush();
        output.write(report.asMap());
        return report.exitCode();
    }
}
