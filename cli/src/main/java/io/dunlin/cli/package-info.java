/// The `dunlin` command.
@NullMarked
package io.dunlin.cli;

import org.jspecify.annotations.NullMarked;
