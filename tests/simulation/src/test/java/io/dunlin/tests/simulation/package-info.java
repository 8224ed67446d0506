/// Clients and a whole broker in one thread, under a simulated clock, network and disk, from a
/// seed.
@org.jspecify.annotations.NullMarked
package io.dunlin.tests.simulation;
