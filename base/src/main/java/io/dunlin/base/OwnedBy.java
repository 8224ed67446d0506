package io.dunlin.base;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The one thread that may touch a mutable object, named: `@OwnedBy("shard")`.
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface OwnedBy {
  /// The owner: "shard", "log", "mover", "loop" or "caller" (whoever made it).
  String value();
}
