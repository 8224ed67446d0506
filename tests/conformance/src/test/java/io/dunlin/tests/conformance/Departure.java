package io.dunlin.tests.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Says that the behaviour this test holds departs from what the statements ask, where the
/// specification allows that.
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Departure {
  /// Why, in one sentence.
  String value();
}
