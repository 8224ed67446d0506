package io.dunlin.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class StateAndNamesTest {
  private static final Pattern EMPTY_WORD =
      Pattern.compile(".+(Impl|Manager|Helper|Util|Utils|Service)|Abstract.+");

  /// Containers that a static final field may not hold, because their content is state.
  private static final Set<String> MUTABLE =
      Set.of(
          "java.util.ArrayList",
          "java.util.HashMap",
          "java.util.HashSet",
          "java.util.concurrent.ConcurrentHashMap",
          "java.util.concurrent.atomic.AtomicBoolean",
          "java.util.concurrent.atomic.AtomicInteger",
          "java.util.concurrent.atomic.AtomicLong",
          "java.util.concurrent.atomic.AtomicReference",
          "java.util.concurrent.atomic.LongAdder",
          "java.lang.ThreadLocal");

  @Test
  void noFieldIsStaticAndMutable() {
    List<String> found =
        Modules.CLASSES.stream()
            .flatMap(type -> type.getFields().stream())
            .filter(field -> field.getModifiers().contains(JavaModifier.STATIC))
            .filter(
                field -> !field.getModifiers().contains(JavaModifier.FINAL) || holdsState(field))
            .map(JavaField::getFullName)
            .toList();

    assertThat(found).isEmpty();
  }

  @Test
  void noNameEndsInAWordThatSaysNothing() {
    List<String> found =
        Modules.CLASSES.stream()
            .filter(type -> EMPTY_WORD.matcher(type.getSimpleName()).matches())
            .map(type -> type.getFullName())
            .toList();

    assertThat(found).isEmpty();
  }

  private static boolean holdsState(JavaField field) {
    return MUTABLE.contains(field.getRawType().getName());
  }
}
