package io.kp.network;

/**
 * Asks a broker which APIs, versions and features it speaks; the first request on every connection.
 * <p>
 * Immutable.
 */
public final class ApiVersionsRequest implements Request {
    /** What a software name or version must match. */
    static final String SOFTWARE = "[a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?";

    private final String softwareName;
    private final String softwareVersion;

    /**
     * Creates the request.
     *
     * @param softwareName    the client's name, for the broker's metrics (KIP-511).
     * @param softwareVersion the client's version.
     * @throws IllegalArgumentException if one of them has other characters than ASCII letters, digits, inner dots and inner hyphens; a
     *                                  broker would refuse that.
     */
    public ApiVersionsRequest(String softwareName, String softwareVersion) {
        this.softwareName = requireMatch("softwareName", softwareName);
        this.softwareVersion = requireMatch("softwareVersion", softwareVersion);
    }

    /** Whether {@link #SOFTWARE} matches; without a regular expression, since every producer's start would wait for it. */
    static boolean isSoftware(String value) {
        for (int i = 0; i < value.length(); i++) {
            char at = value.charAt(i);
            boolean inner = i > 0 && i < value.length() - 1 && (at == '-' || at == '.');
            if (!inner && !(at >= 'a' && at <= 'z' || at >= 'A' && at <= 'Z' || at >= '0' && at <= '9')) {
                return false;
            }
        }
        return !value.isEmpty();
    }

    private static String requireMatch(String what, String value) {
        if (!isSoftware(value)) {
            throw new IllegalArgumentException(
                    "software name or version must match " + SOFTWARE + ": " + what + "=" + value);
        }
        return value;
    }

    @Override
    public ApiKey apiKey() {
        return ApiKey.API_VERSIONS;
    }

    @Override
    public void encodeBody(FrameWriter out, short version) {
        if (version >= 3) {
            out.string(softwareName);
            out.string(softwareVersion);
            out.emptyTags();
        }
    }
}
