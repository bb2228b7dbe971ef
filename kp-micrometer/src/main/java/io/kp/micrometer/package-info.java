/**
 * One type: {@link io.kp.micrometer.ProducerMeters} is a Micrometer {@code MeterBinder} for an {@link io.kp.client.Producer}. What the meters mean is told by
 * {@link io.kp.client.Metric#all()}, their names by {@link io.kp.micrometer.ProducerMeters}.
 */
package io.kp.micrometer;
