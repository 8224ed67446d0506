/// Tests of the scripts that a stranger types first, run as he would run them.
@org.jspecify.annotations.NullMarked
package io.dunlin.tests.launch;
