package io.dunlin.base;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Runs for each message: no allocation in the steady state, no blocking, no logging, no exception
/// as control flow, no string building, no reading of clocks.
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface HotPath {
  /// The benchmark or the comparison scenario that guards it.
  String benchmark();
}
