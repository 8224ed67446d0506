/// The examples, run as their readers run them.
@org.jspecify.annotations.NullMarked
package io.dunlin.examples;
