/**
 * One type: {@link io.kp.opentelemetry.ProducerInstruments} shows an {@link io.kp.client.Producer} to OpenTelemetry. What the instruments mean is told by
 * {@link io.kp.client.Metric#all()}, their names by {@link io.kp.opentelemetry.ProducerInstruments}.
 */
package io.kp.opentelemetry;
