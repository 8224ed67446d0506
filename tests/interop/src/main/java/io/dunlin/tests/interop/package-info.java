/// A broker as a process that tests start, kill and start again.
@NullMarked
package io.dunlin.tests.interop;

import org.jspecify.annotations.NullMarked;
