/**
 * Benchmarks of each module of kp, beside what it is to beat. One class per module; {@code @Param} names who does the work.
 */
package io.kp.bench.jmh;
