package io.kp.network;

import java.util.List;
import java.util.Random;

import org.apache.kafka.common.protocol.types.RawTaggedField;

/** Tagged fields of some future: numbers that no version of today has. */
final class UnknownTags {
    private UnknownTags() {
    }

    static void addTo(List<RawTaggedField> fields, Random random) {
        int tag = 4;
        for (int count = Math.max(0, random.nextInt(6) - 3); count > 0; count--) {
            tag += 1 + random.nextInt(200);
            byte[] value = new byte[random.nextInt(3) == 0 ? 130 : random.nextInt(8)];
            random.nextBytes(value);
            fields.add(new RawTaggedField(tag, value));
        }
    }
}
