/**
 * The producer: API, configuration, serializers and sender.
 */
package io.kp.client;
