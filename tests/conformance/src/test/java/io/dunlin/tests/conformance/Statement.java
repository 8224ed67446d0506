package io.dunlin.tests.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Cites the statements that a test shows to hold.
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(Statement.List.class)
public @interface Statement {
  /// Ids as in `statements.tsv`.
  String[] value();

  /// The specification that the ids are of: `5.0` or `3.1.1`.
  String version() default "5.0";

  /// Several of them on one test.
  @Target(ElementType.METHOD)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface List {
    Statement[] value();
  }
}
