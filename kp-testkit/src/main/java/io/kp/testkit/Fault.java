package io.kp.testkit;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;

import io.kp.network.ErrorCode;

/**
 * One way in which a broker misbehaves, or several at once ({@link #and}). Immutable. {@link Script} says when.
 *
 * <p>What happens to a request, in this order: it is held back ({@link #hold}); the cluster is changed ({@link #change}); the request is processed, unless the fault is one
 * that comes before; its answer is delayed ({@link #delay}), altered and sent; the connection ends.
 */
public final class Fault {
    static final int NOT_SET = -1;

    enum Answer {
        SEND, WITHHOLD, DUPLICATE
    }

    enum Ending {
        NONE, CLOSE, RESET, HALF_CLOSE, STALL
    }

    int errorCode;
    boolean ofWholeAnswer;
    String errorMessage;
    boolean processInSpite;
    int[] refusedRecords;
    boolean leftOut;
    int hintedLeader = NOT_SET;
    int hintedEpoch = NOT_SET;
    boolean unprocessed;
    Answer answer = Answer.SEND;
    Ending ending = Ending.NONE;
    int endAfterBytes = NOT_SET;
    int cutTo = NOT_SET;
    boolean byteByByte;
    int correlationShift;
    byte[] garbage;
    long delayNs;
    long holdNs;
    int throttleMs;
    Consumer<? super ScriptedCluster> change;

    private Fault() {
    }

    /**
     * The answer carries an error, and the request changes nothing. Produce: the error of the partitions that the rule names, or of all; Metadata: the error of the topics
     * that it names, or of all, and if it names a partition of that partition; ApiVersions and InitProducerId: the error of the answer. To a request with acks=0 a
     * broker answers an error by closing the connection.
     *
     * @param error the error
     * @return the fault
     */
    public static Fault error(final ErrorCode error) {
        return error(error.code());
    }

    /**
     * As {@link #error(ErrorCode)}, for a code that this client does not know.
     *
     * @param errorCode the number on the wire
     * @return the fault
     */
    public static Fault error(final int errorCode) {
        final Fault fault = new Fault();
        fault.errorCode = errorCode;
        return fault;
    }

    /**
     * The answer to a metadata request carries the error of the whole (KIP-1102, Metadata 13), and nothing of topics.
     *
     * @param errorCode the number on the wire
     * @return the fault
     */
    public static Fault errorOfAll(final int errorCode) {
        final Fault fault = error(errorCode);
        fault.ofWholeAnswer = true;
        return fault;
    }

    /**
     * The request is processed, so that a batch is in the log, and the answer nevertheless carries an error.
     *
     * @param error the error
     * @return the fault
     */
    public static Fault errorAfterAppend(final ErrorCode error) {
        final Fault fault = error(error);
        fault.processInSpite = true;
        return fault;
    }

    /**
     * Some records of a batch are refused, and with them all of it (KIP-467): INVALID_RECORD with these records named, from Produce 8 on.
     *
     * @param indexes the records' indexes in their batch
     * @return the fault
     */
    public static Fault refuseRecords(final int... indexes) {
        final Fault fault = error(ErrorCode.INVALID_RECORD);
        fault.refusedRecords = indexes.clone();
        return fault;
    }

    /**
     * The partition is not mentioned in the answer to a produce request, the topic not in that to a metadata request.
     *
     * @return the fault
     */
    public static Fault leaveOut() {
        final Fault fault = new Fault();
        fault.leftOut = true;
        return fault;
    }

    /**
     * The connection is closed and the request was not processed.
     *
     * @return the fault
     */
    public static Fault disconnect() {
        return unanswered(true, Ending.CLOSE);
    }

    /**
     * The request is processed, and the connection closed without an answer.
     *
     * @return the fault
     */
    public static Fault loseResponse() {
        return unanswered(false, Ending.CLOSE);
    }

    /**
     * The connection is reset and the request was not processed.
     *
     * @return the fault
     */
    public static Fault reset() {
        return unanswered(true, Ending.RESET);
    }

    /**
     * The request is processed, and the connection reset without an answer.
     *
     * @return the fault
     */
    public static Fault resetAfterAppend() {
        return unanswered(false, Ending.RESET);
    }

    /**
     * The request is processed and answered, and then the node sends nothing any more while it goes on to receive.
     *
     * @return the fault
     */
    public static Fault halfClose() {
        final Fault fault = new Fault();
        fault.ending = Ending.HALF_CLOSE;
        return fault;
    }

    /**
     * The request is processed and answered, and then the connection is closed.
     *
     * @return the fault
     */
    public static Fault closeAfterResponse() {
        final Fault fault = new Fault();
        fault.ending = Ending.CLOSE;
        return fault;
    }

    /**
     * The request is neither processed nor answered, nor is any later one of its connection, which stays open.
     *
     * @return the fault
     */
    public static Fault stall() {
        return unanswered(true, Ending.STALL);
    }

    /**
     * The request is processed but not answered, and no later one of its connection is processed; the connection stays open.
     *
     * @return the fault
     */
    public static Fault stallAfterAppend() {
        return unanswered(false, Ending.STALL);
    }

    /**
     * The request is processed, its answer is skipped, and later requests of the connection are answered: a client sees the wrong correlation id.
     *
     * @return the fault
     */
    public static Fault dropResponse() {
        return unanswered(false, Ending.NONE);
    }

    private static Fault unanswered(final boolean unprocessed, final Ending ending) {
        final Fault fault = new Fault();
        fault.unprocessed = unprocessed;
        fault.answer = Answer.WITHHOLD;
        fault.ending = ending;
        return fault;
    }

    /**
     * The answer is sent twice.
     *
     * @return the fault
     */
    public static Fault duplicateResponse() {
        final Fault fault = new Fault();
        fault.answer = Answer.DUPLICATE;
        return fault;
    }

    /**
     * The answer is shorter than its fields say; the frame's size field agrees with what is sent.
     *
     * @param bytes how many bytes are left of it, the size field not counted
     * @return the fault
     */
    public static Fault truncate(final int bytes) {
        final Fault fault = new Fault();
        fault.cutTo = nonNegative(bytes);
        return fault;
    }

    /**
     * The connection is closed in the middle of the answer.
     *
     * @param bytes how many bytes are sent, the size field counted
     * @return the fault
     */
    public static Fault closeAfter(final int bytes) {
        final Fault fault = new Fault();
        fault.endAfterBytes = nonNegative(bytes);
        fault.ending = Ending.CLOSE;
        return fault;
    }

    /**
     * Nothing more is sent from the middle of the answer on, and no later request processed; the connection stays open.
     *
     * @param bytes how many bytes are sent, the size field counted
     * @return the fault
     */
    public static Fault stallAfter(final int bytes) {
        final Fault fault = new Fault();
        fault.endAfterBytes = nonNegative(bytes);
        fault.ending = Ending.STALL;
        return fault;
    }

    /**
     * The answer arrives byte by byte.
     *
     * @return the fault
     */
    public static Fault byteByByte() {
        final Fault fault = new Fault();
        fault.byteByByte = true;
        return fault;
    }

    /**
     * The answer carries another correlation id than the request.
     *
     * @return the fault
     */
    public static Fault wrongCorrelationId() {
        final Fault fault = new Fault();
        fault.correlationShift = 1;
        return fault;
    }

    /**
     * The request is processed, and instead of the answer these bytes are sent.
     *
     * @param bytes what is sent, a size field included if there is to be one
     * @return the fault
     */
    public static Fault garbage(final byte... bytes) {
        final Fault fault = new Fault();
        fault.garbage = bytes.clone();
        return fault;
    }

    /**
     * The request is processed at once, and answered later. Later requests of the connection wait, as on a real broker.
     *
     * @param duration how much later
     * @return the fault
     */
    public static Fault delay(final Duration duration) {
        final Fault fault = new Fault();
        fault.delayNs = duration.toNanos();
        return fault;
    }

    /**
     * The request is processed later, also if its client has given up meanwhile and its connection is closed. Later requests of the connection wait.
     *
     * @param duration how much later
     * @return the fault
     */
    public static Fault hold(final Duration duration) {
        final Fault fault = new Fault();
        fault.holdNs = duration.toNanos();
        return fault;
    }

    /**
     * The answer says that the client is throttled.
     *
     * @param throttleMs for how long
     * @return the fault
     */
    public static Fault throttle(final int throttleMs) {
        final Fault fault = new Fault();
        fault.throttleMs = throttleMs;
        return fault;
    }

    /**
     * Something happens to the cluster right before the request is processed, such as a leader that moves.
     *
     * @param change is called with the cluster, on the thread that drives it; must not block
     * @return the fault
     */
    public static Fault change(final Consumer<? super ScriptedCluster> change) {
        final Fault fault = new Fault();
        fault.change = requireNonNull(change, "change");
        return fault;
    }

    /**
     * The same fault with the broker's own words to the error (Produce 8 and later).
     *
     * @param message the message
     * @return the fault
     */
    public Fault message(final String message) {
        final Fault fault = copy();
        fault.errorMessage = message;
        return fault;
    }

    /**
     * The same fault with the claim that another node leads the partition (KIP-951, Produce 10 and later).
     *
     * @param leader the claimed leader
     * @param leaderEpoch its claimed epoch
     * @return the fault
     */
    public Fault hint(final int leader, final int leaderEpoch) {
        final Fault fault = copy();
        fault.hintedLeader = leader;
        fault.hintedEpoch = leaderEpoch;
        return fault;
    }

    /**
     * Both faults at once. What both say, the other one decides.
     *
     * @param other the other fault
     * @return the fault
     */
    public Fault and(final Fault other) {
        final Fault both = copy();
        if (other.errorCode != 0) {
            both.errorCode = other.errorCode;
            both.ofWholeAnswer = other.ofWholeAnswer;
            both.processInSpite = other.processInSpite;
            both.refusedRecords = other.refusedRecords;
        }
        both.errorMessage = other.errorMessage == null ? errorMessage : other.errorMessage;
        both.leftOut |= other.leftOut;
        both.hintedLeader = other.hintedLeader == NOT_SET ? hintedLeader : other.hintedLeader;
        both.hintedEpoch = other.hintedEpoch == NOT_SET ? hintedEpoch : other.hintedEpoch;
        both.unprocessed |= other.unprocessed;
        both.answer = other.answer == Answer.SEND ? answer : other.answer;
        both.ending = other.ending == Ending.NONE ? ending : other.ending;
        both.endAfterBytes = other.endAfterBytes == NOT_SET ? endAfterBytes : other.endAfterBytes;
        both.cutTo = other.cutTo == NOT_SET ? cutTo : other.cutTo;
        both.byteByByte |= other.byteByByte;
        both.correlationShift = other.correlationShift == 0 ? correlationShift : other.correlationShift;
        both.garbage = other.garbage == null ? garbage : other.garbage;
        both.delayNs = Math.max(delayNs, other.delayNs);
        both.holdNs = Math.max(holdNs, other.holdNs);
        both.throttleMs = Math.max(throttleMs, other.throttleMs);
        final Consumer<? super ScriptedCluster> first = change;
        final Consumer<? super ScriptedCluster> second = other.change;
        both.change = first == null ? second : second == null ? first : cluster -> {
            first.accept(cluster);
            second.accept(cluster);
        };
        return both;
    }

    /** No fault. */
    static Fault none() {
        return new Fault();
    }

    private Fault copy() {
        return new Fault().take(this);
    }

    private Fault take(final Fault other) {
        errorCode = other.errorCode;
        ofWholeAnswer = other.ofWholeAnswer;
        errorMessage = other.errorMessage;
        processInSpite = other.processInSpite;
        refusedRecords = other.refusedRecords;
        leftOut = other.leftOut;
        hintedLeader = other.hintedLeader;
        hintedEpoch = other.hintedEpoch;
        unprocessed = other.unprocessed;
        answer = other.answer;
        ending = other.ending;
        endAfterBytes = other.endAfterBytes;
        cutTo = other.cutTo;
        byteByByte = other.byteByByte;
        correlationShift = other.correlationShift;
        garbage = other.garbage;
        delayNs = other.delayNs;
        holdNs = other.holdNs;
        throttleMs = other.throttleMs;
        change = other.change;
        return this;
    }

    private static int nonNegative(final int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must not be negative: bytes=" + bytes);
        }
        return bytes;
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder("Fault[");
        append(text, errorCode != 0, "error=" + ErrorCode.describe((short) errorCode));
        append(text, ofWholeAnswer, "ofWholeAnswer");
        append(text, processInSpite, "appended");
        append(text, refusedRecords != null, "refusedRecords=" + Arrays.toString(refusedRecords));
        append(text, leftOut, "leftOut");
        append(text, hintedLeader != NOT_SET, "hintedLeader=" + hintedLeader + "@" + hintedEpoch);
        append(text, unprocessed, "unprocessed");
        append(text, answer != Answer.SEND, "answer=" + answer);
        append(text, endAfterBytes != NOT_SET, "endAfterBytes=" + endAfterBytes);
        append(text, ending != Ending.NONE, "ending=" + ending);
        append(text, cutTo != NOT_SET, "truncateTo=" + cutTo);
        append(text, byteByByte, "byteByByte");
        append(text, correlationShift != 0, "wrongCorrelationId");
        append(text, garbage != null, "garbage");
        append(text, delayNs != 0, "delayNs=" + delayNs);
        append(text, holdNs != 0, "holdNs=" + holdNs);
        append(text, throttleMs != 0, "throttleMs=" + throttleMs);
        append(text, change != null, "change");
        return text.append(']').toString();
    }

    private static void append(final StringBuilder text, final boolean said, final String what) {
        if (said) {
            text.append(text.charAt(text.length() - 1) == '[' ? "" : ", ").append(what);
        }
    }
}
