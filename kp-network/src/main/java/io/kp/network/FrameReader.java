package io.kp.network;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads the fields of one received frame, and believes no length in it.
 * <p>
 * Every length and count is held against the bytes that are left before anything is allocated or skipped, so that what a frame
 * makes a decoder allocate is bounded by the frame's own size. Whatever does not fit ends in a {@link ProtocolException} that names
 * the field; every method takes the field's name for that purpose. No other exception comes out of a malformed frame.
 * <p>
 * The reader is a reusable object for one thread; it reads from direct and heap buffers and leaves their positions alone.
 */
public final class FrameReader {
    static final int[] NO_INTS = new int[0];

    private static final int RETAINED_STRING_BYTES = 1024;

    private final byte[] stringBytes = new byte[RETAINED_STRING_BYTES];

    private ByteBuffer frame;
    private ApiKey apiKey;
    private short version;
    private boolean flexible;
    private int start;
    private int position;
    private int limit;

    /**
     * Creates a reader without a frame; {@link #wrap} gives it one.
     */
    public FrameReader() {
    }

    /**
     * Begins to read a frame.
     *
     * @param frame   the frame without its size field, from position to limit, in big-endian order. It must not change while it is
     *                read.
     * @param apiKey  the API that the frame belongs to.
     * @param version the version of the request that the frame answers.
     * @return this reader.
     */
    public FrameReader wrap(ByteBuffer frame, ApiKey apiKey, short version) {
        this.frame = frame;
        this.apiKey = apiKey;
        this.start = frame.position();
        this.position = frame.position();
        this.limit = frame.limit();
        version(version);
        return this;
    }

    /**
     * Forgets the frame, so that its memory can be used for something else.
     */
    public void clear() {
        frame = null;
        apiKey = null;
        start = 0;
        position = 0;
        limit = 0;
    }

    /**
     * The API that the frame belongs to.
     *
     * @return the API.
     */
    public ApiKey apiKey() {
        return apiKey;
    }

    /**
     * The version in which the frame is read.
     *
     * @return the version.
     */
    public short version() {
        return version;
    }

    void version(short version) {
        this.version = version;
        this.flexible = apiKey != null && apiKey.isFlexible(version);
    }

    /**
     * How much is left.
     *
     * @return the number of bytes that have not been read.
     */
    public int remaining() {
        return limit - position;
    }

    /** The offset of the next byte in the frame. */
    int offset() {
        return position - start;
    }

    /** Goes back to an offset that was read before. */
    void offset(int offset) {
        position = start + offset;
    }

    /**
     * Reads one byte.
     *
     * @param field the field's name.
     * @return the value.
     */
    public byte i8(String field) {
        return frame.get(take(Byte.BYTES, field));
    }

    /**
     * Reads a 16-bit integer.
     *
     * @param field the field's name.
     * @return the value.
     */
    public short i16(String field) {
        return frame.getShort(take(Short.BYTES, field));
    }

    /**
     * Reads a 32-bit integer.
     *
     * @param field the field's name.
     * @return the value.
     */
    public int i32(String field) {
        return frame.getInt(take(Integer.BYTES, field));
    }

    /**
     * Reads a 32-bit integer that lies between two bounds.
     *
     * @param field the field's name.
     * @param min   the lowest value, inclusive.
     * @param max   the highest value, inclusive.
     * @return the value.
     */
    public int i32(String field, int min, int max) {
        int at = position;
        int value = i32(field);
        if (value < min) {
            throw malformed(field, at, value, min, "value is too low");
        }
        if (value > max) {
            throw malformed(field, at, value, max, "value is too high");
        }
        return value;
    }

    /**
     * Reads a 64-bit integer.
     *
     * @param field the field's name.
     * @return the value.
     */
    public long i64(String field) {
        return frame.getLong(take(Long.BYTES, field));
    }

    /**
     * Reads a boolean: one byte, of which zero is false.
     *
     * @param field the field's name.
     * @return the value.
     */
    public boolean bool(String field) {
        return i8(field) != 0;
    }

    /**
     * Reads an unsigned integer of one to five bytes, seven bits in each, the lowest first.
     *
     * @param field the field's name.
     * @return the value's 32 bits.
     */
    public int uvarint(String field) {
        int at = position;
        int value = 0;
        for (int shift = 0; shift <= 28; shift += 7) {
            byte b = i8(field);
            if (shift == 28 && (b & 0xF0) != 0) {
                break;
            }
            value |= (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw malformed(field, at, 5, 5, "varint does not end within 32 bits");
    }

    /**
     * Reads a string that may not be null, in the form that the version asks for.
     *
     * @param field the field's name.
     * @return the string.
     */
    public String string(String field) {
        int length = stringLength(field, false);
        return utf8(take(length, field), length);
    }

    /**
     * Reads a string that may be null, in the form that the version asks for.
     *
     * @param field the field's name.
     * @return the string or {@code null}.
     */
    public String nullableString(String field) {
        int length = stringLength(field, true);
        return length < 0 ? null : utf8(take(length, field), length);
    }

    /**
     * Reads a string that may not be null, and takes it from a cache if it was seen there before.
     *
     * @param field the field's name.
     * @param names the cache.
     * @return the string.
     */
    String string(String field, NameCache names) {
        int length = stringLength(field, false);
        return names.intern(frame, take(length, field), length);
    }

    /**
     * Reads bytes that may not be null, in the form that the version asks for.
     *
     * @param field the field's name.
     * @return a read-only view of the bytes in the frame, in big-endian order.
     */
    public ByteBuffer bytes(String field) {
        int length = arrayLength(field, 1, false);
        return frame.slice(take(length, field), length).asReadOnlyBuffer();
    }

    /**
     * Reads bytes that may be null, such as record batches, in the form that the version asks for.
     *
     * @param field the field's name.
     * @return a read-only view of the bytes in the frame, in big-endian order, or {@code null}.
     */
    public ByteBuffer nullableBytes(String field) {
        int length = arrayLength(field, 1, true);
        return length < 0 ? null : frame.slice(take(length, field), length).asReadOnlyBuffer();
    }

    /**
     * Reads the number of elements of an array that may not be null.
     *
     * @param field           the field's name.
     * @param minElementBytes the fewest bytes that an element can have, at least 1.
     * @return the count; that many elements of the smallest size do fit in what is left of the frame.
     */
    public int arrayLength(String field, int minElementBytes) {
        return arrayLength(field, minElementBytes, false);
    }

    /**
     * Reads the number of elements of an array that may be null.
     *
     * @param field           the field's name.
     * @param minElementBytes the fewest bytes that an element can have, at least 1.
     * @return the count, or -1 for null.
     */
    public int nullableArrayLength(String field, int minElementBytes) {
        return arrayLength(field, minElementBytes, true);
    }

    /**
     * Reads an array of 32-bit integers that may not be null.
     *
     * @param field the field's name.
     * @return a new array.
     */
    public int[] i32Array(String field) {
        int count = arrayLength(field, Integer.BYTES, false);
        int[] values = count == 0 ? NO_INTS : new int[count];
        for (int i = 0; i < count; i++) {
            values[i] = i32(field);
        }
        return values;
    }

    /**
     * Reads and ignores the tagged fields at the end of a structure; does nothing if the version has none.
     *
     * @param field the field's name.
     */
    public void skipTags(String field) {
        if (!flexible) {
            return;
        }
        for (int count = tagCount(field); count > 0; count--) {
            tag(field);
            take(tagSize(field), field);
        }
    }

    /**
     * Reads how many tagged fields a structure ends with; for each of them {@link #tag}, {@link #enterTag} and {@link #leaveTag} (or
     * {@link #skipTag}) follow.
     */
    int tagCount(String field) {
        if (!flexible) {
            return 0;
        }
        int at = position;
        int count = uvarint(field);
        // A tagged field takes at least two bytes: its tag and its size.
        if (count < 0 || count > remaining() / 2) {
            throw malformed(field, at, Integer.toUnsignedLong(count), remaining() / 2, "more tagged fields than fit");
        }
        return count;
    }

    /** Reads the number of a tagged field. */
    int tag(String field) {
        return uvarint(field);
    }

    /** Reads the size of a tagged field and skips its value. */
    void skipTag(String field) {
        take(tagSize(field), field);
    }

    /**
     * Reads the size of a tagged field and ends the frame after its value until {@link #leaveTag}.
     *
     * @return the limit to give back to {@link #leaveTag}.
     */
    int enterTag(String field) {
        int size = tagSize(field);
        int outer = limit;
        limit = position + size;
        return outer;
    }

    /** Holds what was read of a tagged field against its size, and opens the frame again. */
    void leaveTag(String field, int outerLimit) {
        if (position != limit) {
            throw malformed(field, position, remaining(), 0, "tagged field is longer than its value");
        }
        limit = outerLimit;
    }

    /**
     * Says that the frame must be used up.
     */
    public void end() {
        if (position != limit) {
            throw malformed("end of frame", position, remaining(), 0, "bytes left over after the last field");
        }
    }

    /** The exception for a value that is complete but not acceptable. */
    ProtocolException malformed(String field, int position, long claimed, long available,
            String rule) {
        return new ProtocolException(apiKey, version, field, position - start, claimed, available, rule);
    }

    private int tagSize(String field) {
        int at = position;
        int size = uvarint(field);
        if (size < 0 || size > remaining()) {
            throw malformed(field, at, Integer.toUnsignedLong(size), remaining(), "tagged field ends after the frame");
        }
        return size;
    }

    private int stringLength(String field, boolean nullable) {
        int at = position;
        // Compact lengths are stored plus one, so that 0 is null; 0xFFFFFFFF would be 2^32 - 2 bytes and ends up below -1.
        int length = flexible ? uvarint(field) - 1 : i16(field);
        if (length < 0) {
            if (length != -1) {
                throw malformed(field, at, flexible ? Integer.toUnsignedLong(length) : length, remaining(),
                        "length of a string is out of range");
            }
            if (!nullable) {
                throw malformed(field, at, length, remaining(), "field may not be null");
            }
        } else if (length > Short.MAX_VALUE) {
            throw malformed(field, at, length, Short.MAX_VALUE, "length of a string is out of range");
        }
        return length;
    }

    private int arrayLength(String field, int minElementBytes, boolean nullable) {
        int at = position;
        int count = flexible ? uvarint(field) - 1 : i32(field);
        if (count == -1 && nullable) {
            return -1;
        }
        if (count == -1) {
            throw malformed(field, at, count, remaining(), "field may not be null");
        }
        if (count < 0) {
            throw malformed(field, at, flexible ? Integer.toUnsignedLong(count) : count, remaining(),
                    "number of elements is out of range");
        }
        if (count > remaining() / minElementBytes) {
            throw malformed(field, at, count, remaining() / minElementBytes, "more elements than fit");
        }
        return count;
    }

    private String utf8(int at, int length) {
        if (length == 0) {
            return "";
        }
        byte[] bytes = length <= RETAINED_STRING_BYTES ? stringBytes : new byte[length];
        frame.get(at, bytes, 0, length);
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private int take(int length, String field) {
        int at = position;
        if (length > limit - at) {
            throw malformed(field, at, length, limit - at, "field ends after the frame");
        }
        position = at + length;
        return at;
    }
}
