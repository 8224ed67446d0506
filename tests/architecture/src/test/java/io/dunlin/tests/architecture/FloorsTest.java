package io.dunlin.tests.architecture;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FloorsTest {
  @Test
  void modulesDependOnlyOnTheModulesOfTheirLine() {
    List<String> forbidden =
        dependencies((from, to) ->
            Modules.isOurs(to)
                && !Modules.moduleOf(from).equals(Modules.moduleOf(to))
                && !Modules.ARROWS
                    .getOrDefault(Modules.moduleOf(from), Set.of())
                    .contains(Modules.moduleOf(to)));

    assertThat(forbidden).isEmpty();
  }

  @Test
  void everyModuleHasALine() {
    assertThat(Modules.CLASSES.stream().map(Modules::moduleOf).distinct())
        .isSubsetOf(Modules.ARROWS.keySet());
  }

  @Test
  void noArrowsFormACycle() {
    for (String module : Modules.ARROWS.keySet()) {
      assertThat(reachable(module)).as("what %s reaches", module).doesNotContain(module);
    }
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.dunlin.(**)").should().beFreeOfCycles().check(Modules.CLASSES);
  }

  @Test
  void lowerFloorsUseNoThirdPartyButThoseOfTheirLine() {
    List<String> forbidden =
        dependencies((from, to) -> {
          Set<String> allowed = Modules.THIRD_PARTIES.get(Modules.moduleOf(from));
          return allowed != null
              && !Modules.isOurs(to)
              && !to.getName().startsWith("java.")
              && !to.isPrimitive()
              && allowed.stream().noneMatch(to.getName()::startsWith);
        });

    assertThat(forbidden).isEmpty();
  }

  private static Set<String> reachable(String module) {
    Set<String> below = new java.util.HashSet<>();
    Stream.iterate(
            Modules.ARROWS.getOrDefault(module, Set.of()),
            next -> !next.isEmpty(),
            next ->
                next.stream()
                    .flatMap(name -> Modules.ARROWS.getOrDefault(name, Set.of()).stream())
                    .filter(name -> !below.contains(name))
                    .collect(java.util.stream.Collectors.toSet()))
        .forEach(below::addAll);
    return below;
  }

  /// The dependencies between base types (an array counts as its element) that a rule forbids, in
  /// words.
  private static List<String> dependencies(BiPredicate<JavaClass, JavaClass> forbidden) {
    return Modules.CLASSES.stream()
        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
        .filter(dependency ->
            forbidden.test(
                dependency.getOriginClass().getBaseComponentType(),
                dependency.getTargetClass().getBaseComponentType()))
        .map(Dependency::getDescription)
        .sorted()
        .toList();
  }
}
