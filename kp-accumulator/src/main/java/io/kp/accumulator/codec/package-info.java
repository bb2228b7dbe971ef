/**
 * The codecs of Kafka, as services. All work from direct buffer to direct buffer: the records lie in direct memory and what is sent has to, so every other kind of
 * call would copy them to the heap and back, and leave garbage or keep a heap buffer for each context.
 */
package io.kp.accumulator.codec;
