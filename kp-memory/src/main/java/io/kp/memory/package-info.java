/**
 * A bounded, fair pool of off-heap memory segments.
 */
package io.kp.memory;
