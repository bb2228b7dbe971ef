package io.kp.network;

import java.util.regex.Pattern;

/**
 * Asks a broker which APIs, versions and features it speaks; the first request on every connection.
 * <p>
 * Immutable.
 */
public final class ApiVersionsRequest implements Request {
    private static final Pattern SOFTWARE = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?");

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

    private static String requireMatch(String what, String value) {
        if (!SOFTWARE.matcher(value).matches()) {
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
