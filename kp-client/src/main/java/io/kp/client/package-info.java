/**
 * The producer: API, configuration, serializers and sender. Start with {@link io.kp.client.Producer}.
 */
package io.kp.client;
