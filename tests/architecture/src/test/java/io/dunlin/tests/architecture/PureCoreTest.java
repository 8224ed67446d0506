package io.dunlin.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `mqtt`, `codec`, `session` and `routing` are driven by others: the whole broker must run in one
/// thread on a simulated network, disk and clock.
class PureCoreTest {
  private static final Set<String> FORBIDDEN_PACKAGES =
      Set.of(
          "java.net",
          "java.nio.channels",
          "java.nio.file",
          "java.util.concurrent.locks",
          "java.util.random");

  private static final Set<String> FORBIDDEN_TYPES =
      Set.of(
          "java.io.File",
          "java.io.FileDescriptor",
          "java.io.FileInputStream",
          "java.io.FileOutputStream",
          "java.io.FileReader",
          "java.io.FileWriter",
          "java.io.RandomAccessFile",
          "java.lang.Process",
          "java.lang.ProcessBuilder",
          "java.lang.Runtime",
          "java.lang.Thread",
          "java.lang.ThreadLocal",
          "java.security.SecureRandom",
          "java.time.Clock",
          "java.util.Random",
          "java.util.SplittableRandom",
          "java.util.Timer",
          "java.util.concurrent.CountDownLatch",
          "java.util.concurrent.Executor",
          "java.util.concurrent.ExecutorService",
          "java.util.concurrent.Executors",
          "java.util.concurrent.ForkJoinPool",
          "java.util.concurrent.Semaphore",
          "java.util.concurrent.ThreadLocalRandom");

  private static final Set<String> FORBIDDEN_CALLS =
      Set.of(
          "java.lang.Math.random",
          "java.lang.Object.notify",
          "java.lang.Object.notifyAll",
          "java.lang.Object.wait",
          "java.lang.System.currentTimeMillis",
          "java.lang.System.getProperty",
          "java.lang.System.getenv",
          "java.lang.System.nanoTime",
          "java.time.Instant.now",
          "java.time.LocalDateTime.now",
          "java.time.OffsetDateTime.now",
          "java.time.ZonedDateTime.now",
          "java.util.Collections.shuffle",
          "java.util.UUID.randomUUID");

  @Test
  void pureCodeKnowsNoSocketFileThreadLockClockOrRandomness() {
    List<String> found =
        pure()
            .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
            .filter(dependency -> {
              JavaClass target = dependency.getTargetClass().getBaseComponentType();
              return FORBIDDEN_PACKAGES.contains(target.getPackageName())
                  || FORBIDDEN_TYPES.contains(target.getName());
            })
            .map(dependency -> dependency.getDescription())
            .toList();

    assertThat(found).isEmpty();
  }

  @Test
  void pureCodeAsksNeitherTheTimeNorTheEnvironment() {
    Predicate<JavaAccess<?>> forbidden =
        access ->
            FORBIDDEN_CALLS.contains(
                access.getTargetOwner().getName() + "." + access.getTarget().getName());

    List<String> found =
        pure()
            .flatMap(type -> type.getAccessesFromSelf().stream())
            .filter(forbidden)
            .map(JavaAccess::getDescription)
            .toList();

    assertThat(found).isEmpty();
  }

  @Test
  void pureCodeHasNoSynchronizedMethod() {
    List<String> found =
        pure()
            .flatMap(type -> type.getMethods().stream())
            .filter(method -> method.getModifiers().contains(JavaModifier.SYNCHRONIZED))
            .map(method -> method.getFullName())
            .toList();

    assertThat(found).isEmpty();
  }

  private static Stream<JavaClass> pure() {
    return Modules.CLASSES.stream().filter(type -> Modules.PURE.contains(Modules.moduleOf(type)));
  }
}
