package io.kp.client;

import java.nio.charset.Charset;
import java.util.Map;

/** The charset that a configuration names for the serializers of text. */
final class Encoding {
    private Encoding() {
    }

    static Charset of(Map<String, ?> configs, boolean isKey, Charset otherwise) {
        final String specific = isKey ? "key.serializer.encoding" : "value.serializer.encoding";
        final String name = configs.get(specific) == null ? "serializer.encoding" : specific;
        if (!(configs.get(name) instanceof String charset)) {
            return otherwise;
        }
        try {
            return Charset.forName(charset);
        } catch (final IllegalArgumentException e) {
            throw new SerializationException("no such charset: " + name + "=" + charset, e);
        }
    }
}
