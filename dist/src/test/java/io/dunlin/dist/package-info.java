/// Builds the AOT cache of the distribution, and tests the archive.
@org.jspecify.annotations.NullMarked
package io.dunlin.dist;
