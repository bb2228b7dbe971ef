package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class NetworkConfigTest {

    @Test
    void shouldStartFromKafkasDefaults() {
        NetworkConfig config = NetworkConfig.builder().build();

        assertEquals("", config.clientId());
        assertEquals("kp", config.clientSoftwareName());
        assertEquals("0.1.0", config.clientSoftwareVersion());
        assertEquals(30_000, config.requestTimeoutMs());
        assertEquals(50, config.reconnectBackoffMs());
        assertEquals(1_000, config.reconnectBackoffMaxMs());
        assertEquals(10_000, config.connectionSetupTimeoutMs());
        assertEquals(30_000, config.connectionSetupTimeoutMaxMs());
        assertEquals(540_000, config.connectionMaxIdleMs());
        assertEquals(5, config.maxInFlight());
        assertEquals(131_072, config.sendBufferBytes());
        assertEquals(32_768, config.receiveBufferBytes());
        assertEquals(104_857_600, config.maxResponseBytes());
    }

    @Test
    void shouldKeepWhatWasSet() {
        NetworkConfig config = NetworkConfig.builder().clientId("c").clientSoftwareName("a-b")
                .clientSoftwareVersion("1.2")
                .requestTimeoutMs(1).reconnectBackoffMs(2).reconnectBackoffMaxMs(3).connectionSetupTimeoutMs(4)
                .connectionSetupTimeoutMaxMs(5).connectionMaxIdleMs(-6).maxInFlight(7).sendBufferBytes(8)
                .receiveBufferBytes(-1).maxResponseBytes(100).build();

        assertEquals("c", config.clientId());
        assertEquals("a-b", config.clientSoftwareName());
        assertEquals("1.2", config.clientSoftwareVersion());
        assertEquals(1, config.requestTimeoutMs());
        assertEquals(2, config.reconnectBackoffMs());
        assertEquals(3, config.reconnectBackoffMaxMs());
        assertEquals(4, config.connectionSetupTimeoutMs());
        assertEquals(5, config.connectionSetupTimeoutMaxMs());
        assertEquals(-6, config.connectionMaxIdleMs());
        assertEquals(7, config.maxInFlight());
        assertEquals(8, config.sendBufferBytes());
        assertEquals(NetworkConfig.SYSTEM_DEFAULT, config.receiveBufferBytes());
        assertEquals(100, config.maxResponseBytes());
    }

    @Test
    void shouldRefuseValuesOutOfRange() {
        refuse("requestTimeoutMs below its minimum: requestTimeoutMs=-1, minimum=0", b -> b.requestTimeoutMs(-1));
        refuse("reconnectBackoffMs below its minimum: reconnectBackoffMs=-1, minimum=0", b -> b.reconnectBackoffMs(-1));
        refuse("reconnectBackoffMaxMs below its minimum: reconnectBackoffMaxMs=-1, minimum=0",
                b -> b.reconnectBackoffMaxMs(-1));
        refuse("connectionSetupTimeoutMs below its minimum: connectionSetupTimeoutMs=0, minimum=1",
                b -> b.connectionSetupTimeoutMs(0));
        refuse("connectionSetupTimeoutMaxMs below its minimum: connectionSetupTimeoutMaxMs=0, minimum=1",
                b -> b.connectionSetupTimeoutMaxMs(0));
        refuse("maxInFlight below its minimum: maxInFlight=0, minimum=1", b -> b.maxInFlight(0));
        refuse("sendBufferBytes must be positive or -1: sendBufferBytes=0", b -> b.sendBufferBytes(0));
        refuse("receiveBufferBytes must be positive or -1: receiveBufferBytes=-2", b -> b.receiveBufferBytes(-2));
        refuse("maxResponseBytes below its minimum: maxResponseBytes=63, minimum=64", b -> b.maxResponseBytes(63));
        refuse("maxResponseBytes above its maximum: maxResponseBytes=1073741825, maximum=1073741824",
                b -> b.maxResponseBytes((1 << 30) + 1));
        refuse("clientSoftwareName must match [a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?: clientSoftwareName=-x",
                b -> b.clientSoftwareName("-x"));
        refuse("clientSoftwareVersion must match [a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?: clientSoftwareVersion=",
                b -> b.clientSoftwareVersion(""));
    }

    private static void refuse(String message, UnaryOperator<NetworkConfig.Builder> setting) {
        assertEquals(message, assertThrows(IllegalArgumentException.class,
                () -> setting.apply(NetworkConfig.builder())).getMessage());
    }
}
