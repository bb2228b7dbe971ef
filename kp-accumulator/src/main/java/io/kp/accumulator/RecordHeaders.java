package io.kp.accumulator;

/**
 * A record's headers as the encoder reads them: by index, already in bytes.
 *
 * <p>
 * Every method is called twice per record on the appending thread, once for the size and once for the bytes, and has to answer the same
 * both times.
 */
public interface RecordHeaders {
    /**
     * Number of headers.
     *
     * @return the number of headers, 0 or more.
     */
    int count();

    /**
     * Key of one header in UTF-8.
     *
     * @param index
     *            of the header, from 0.
     * @return the key's bytes, never null; not changed by the encoder.
     */
    byte[] keyUtf8(int index);

    /**
     * Value of one header.
     *
     * @param index
     *            of the header, from 0.
     * @return the value's bytes, or null; not changed by the encoder.
     */
    byte[] value(int index);
}
