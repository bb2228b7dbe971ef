/** What the benchmarks need of kp-client's inside. */
package io.kp.client;
