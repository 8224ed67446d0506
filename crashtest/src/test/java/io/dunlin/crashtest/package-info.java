@org.jspecify.annotations.NullMarked
package io.dunlin.crashtest;
