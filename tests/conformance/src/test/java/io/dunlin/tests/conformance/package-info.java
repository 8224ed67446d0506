/// The statements of the MQTT specifications as scripts of bytes over a socket, for any broker.
@NullMarked
package io.dunlin.tests.conformance;

import org.jspecify.annotations.NullMarked;
