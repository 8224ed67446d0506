/// A broker that is killed while clients publish and receive, and what it owes them afterwards.
@NullMarked
package io.dunlin.tests.crash;

import org.jspecify.annotations.NullMarked;
