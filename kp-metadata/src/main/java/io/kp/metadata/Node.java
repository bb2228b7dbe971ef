package io.kp.metadata;

import java.util.Objects;

/**
 * A broker's identity and address, or a bootstrap address whose broker is not known yet.
 *
 * <p>
 * Three ranges of {@link #id()} never overlap: brokers have ids from 0 upwards, {@link #NO_ID} (-1) always means "no node", as it does in the
 * protocol, and bootstrap addresses count downwards from {@link #FIRST_BOOTSTRAP_ID} (-2). So a connection to a bootstrap address
 * is never taken for a connection to a broker, even if both reach the same host and port.
 *
 * <p>
 * Immutable.
 *
 * @param id   broker id, or {@code FIRST_BOOTSTRAP_ID - index} for a bootstrap address
 * @param host host name or address literal, without brackets
 * @param port TCP port
 * @param rack the broker's rack, or null when it has none
 */
public record Node(int id, String host, int port, String rack) {

    /** The id that stands for the absence of a node, for example of a leader. */
    public static final int NO_ID = -1;

    /** The id of the first bootstrap address; the following ones count downwards. */
    public static final int FIRST_BOOTSTRAP_ID = -2;

    /**
     * Checks the parts.
     *
     * @param id   broker id, or an id below {@link #NO_ID} for a bootstrap address
     * @param host host name or address literal
     * @param port TCP port
     * @param rack the broker's rack, or null
     * @throws IllegalArgumentException if the id is {@link #NO_ID} or the port is no TCP port
     * @throws NullPointerException     if the host is null
     */
    public Node {
        Objects.requireNonNull(host, "host");
        if (id == NO_ID) {
            throw new IllegalArgumentException("node id reserved for absence: id=" + id + ", host=" + host);
        }
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port out of range: port=" + port + ", max=65535, host=" + host);
        }
    }

    /**
     * Makes a node without a rack.
     *
     * @param id   broker id
     * @param host host name or address literal
     * @param port TCP port
     * @throws IllegalArgumentException if the id is {@link #NO_ID} or the port is no TCP port
     */
    public Node(final int id, final String host, final int port) {
        this(id, host, port, null);
    }

    /**
     * Makes the node for an entry of the bootstrap list.
     *
     * @param index position in the bootstrap list, from 0
     * @param host  host name or address literal
     * @param port  TCP port
     * @return the node, with an id that no broker can have
     * @throws IllegalArgumentException if the index is negative or the port is no TCP port
     */
    public static Node bootstrap(final int index, final String host, final int port) {
        if (index < 0) {
            throw new IllegalArgumentException("bootstrap index must not be negative: index=" + index + ", min=0");
        }
        return new Node(FIRST_BOOTSTRAP_ID - index, host, port, null);
    }

    /**
     * Tells whether this is a bootstrap address.
     *
     * @return true for a bootstrap address, false for a broker
     */
    public boolean isBootstrap() {
        return id <= FIRST_BOOTSTRAP_ID;
    }

    /**
     * Shows the node for people, for example {@code broker-1:9092 (id=1, rack=a)} or {@code localhost:9092 (bootstrap 0)}.
     *
     * @return the text
     */
    @Override
    public String toString() {
        if (isBootstrap()) {
            return host + ":" + port + " (bootstrap " + (FIRST_BOOTSTRAP_ID - id) + ")";
        }
        return host + ":" + port + " (id=" + id + (rack == null ? ")" : ", rack=" + rack + ")");
    }
}
