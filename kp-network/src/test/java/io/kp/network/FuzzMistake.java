package io.kp.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * Decoders with a mistake in them, so that it shows whether the fuzzer would find one. Each is a decoder of InitProducerId's response that
 * goes wrong in a tagged field, as a decoder of a later version might.
 */
enum FuzzMistake {
    /** Makes room for as many elements as the frame claims. */
    TRUSTS_A_COUNT(in -> new long[in.uvarint("count") & 0xF_FFFF]),
    /** Moves on by a length that may be negative or lead out of the frame. */
    SKIPS_A_CHECK(in -> {
        in.offset(in.offset() + in.i32("length"));
        return in.i16("value");
    }),
    /** Moves on by the size of each element, also if that is none. */
    NEVER_ENDS(in -> {
        int elements = in.offset() + (in.uvarint("bytes") & 0xFF);
        while (in.offset() < elements) {
            in.offset(in.offset() + (in.i8("size") & 0x7F) - 1);
        }
        return null;
    }),
    /** Uses a field that may be null. */
    FORGETS_NULL(in -> in.nullableString("name").length()),
    /** Looks back at what was before, and may get before the frame. */
    READS_NEIGHBOURS(in -> {
        int at = in.offset();
        in.offset(at - Math.min(in.i8("back") & 0xFF, at + 4));
        byte before = in.i8("before");
        in.offset(at + 1);
        return before;
    });

    private static final int TAG = 9;

    /** A response with the field that the decoders get along with, or refuse as they should; for {@link FuzzTarget#INIT_PRODUCER_ID}. */
    static final byte[] VALID = KafkaOracle
            .bytes("05 00000007 00 00000000 0000 0000000000000001 0002 01 09 01 05");

    private final Function<FrameReader, Object> mistake;

    FuzzMistake(Function<FrameReader, Object> mistake) {
        this.mistake = mistake;
    }

    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static FuzzMistake of(String id) {
        return valueOf(id.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    FuzzTarget.FuzzInput input() {
        return new FuzzResponse(ApiKey.INIT_PRODUCER_ID, this::decode, false);
    }

    private Object decode(FrameReader in) {
        List<Object> fields = new ArrayList<>();
        fields.add(in.i32("throttleTimeMs"));
        fields.add(in.i16("errorCode"));
        fields.add(in.i64("producerId"));
        fields.add(in.i16("producerEpoch"));
        for (int tags = in.tagCount("tags"); tags > 0; tags--) {
            if (in.tag("tags") == TAG) {
                int outer = in.enterTag("tag");
                fields.add(mistake.apply(in));
                in.leaveTag("tag", outer);
            } else {
                in.skipTag("tags");
            }
        }
        in.end();
        return fields;
    }
}
