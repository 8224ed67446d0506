/// The broker: starts and stops, and wires all parts.
@NullMarked
package io.dunlin.broker;

import org.jspecify.annotations.NullMarked;
