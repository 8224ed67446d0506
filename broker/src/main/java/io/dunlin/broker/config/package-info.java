/// The broker's configuration: immutable records, and how they are read, checked and described.
///
/// Each key is described once, as a [Key] constant of the record that has it: name, unit, default,
/// range and meaning. The records' constructors, [ConfigReader], `dunlin config show` and the
/// reference page all use that constant.
@NullMarked
package io.dunlin.broker.config;

import org.jspecify.annotations.NullMarked;
