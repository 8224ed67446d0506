/// A household and a factory line: devices that publish, a recorder that misses nothing, a page in
/// the browser that shows them, and a broker that is killed in the middle of it.
@NullMarked
package io.dunlin.examples;

import org.jspecify.annotations.NullMarked;
