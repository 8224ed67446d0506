package io.dunlin.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SubscriptionIndexTest {
  private final SubscriptionIndex<Object> index = new SubscriptionIndex<>(7);

  @Test
  void findsEachFilterOfTheTree() {
    List<String> filters =
        List.of("#", "+", "+/+", "+/#", "a", "a/#", "a/+", "a/b", "a/b/#", "a/+/c", "a/b/c", "/a");
    filters.forEach(filter -> add(filter, filter));

    assertThat(match("a")).containsExactlyInAnyOrder("#", "+", "+/#", "a", "a/#");
    assertThat(match("a/b"))
        .containsExactlyInAnyOrder("#", "+/+", "+/#", "a/#", "a/+", "a/b", "a/b/#");
    assertThat(match("a/b/c"))
        .containsExactlyInAnyOrder("#", "+/#", "a/#", "a/b/#", "a/+/c", "a/b/c");
    assertThat(match("/a")).containsExactlyInAnyOrder("#", "+/+", "+/#", "/a");
    assertThat(match("$SYS/a")).isEmpty();
  }

  @Test
  void filterThatIsTheBeginningOfAnotherIsFound() {
    add("a/b/c/d", 1);
    add("a/b", 2);
    add("a", 3);

    assertThat(match("a/b/c/d")).containsExactly(1);
    assertThat(match("a/b")).containsExactly(2);
    assertThat(match("a")).containsExactly(3);
    assertThat(match("a/b/c")).isEmpty();
  }

  @Test
  void subscriptionCountsOnceUnderOneFilterAndOnceUnderEachOfSeveral() {
    assertThat(index.add(Slice.utf8("a"), "S")).isTrue();
    assertThat(index.add(Slice.utf8("a"), "S")).isFalse();
    add("+", "S");

    assertThat(match("a")).containsExactly("S", "S");
    assertThat(index.size()).isEqualTo(2);
  }

  @Test
  void subscriptionsAreToldApartByIdentity() {
    Object one = List.of(1);
    Object other = new ArrayList<>(List.of(1));
    add("a", one);
    add("a", other);

    assertThat(index.remove(Slice.utf8("a"), new ArrayList<>(List.of(1)))).isFalse();
    assertThat(index.remove(Slice.utf8("a"), one)).isTrue();

    assertThat(match("a")).singleElement().isSameAs(other);
  }

  @Test
  void removingWhatIsNotThereChangesNothing() {
    add("a/b", 1);
    long before = version("a/b");

    assertThat(index.remove(Slice.utf8("a"), 1)).isFalse();
    assertThat(index.remove(Slice.utf8("a/b/c"), 1)).isFalse();
    assertThat(index.remove(Slice.utf8("a/#"), 1)).isFalse();
    assertThat(index.remove(Slice.utf8("a/b"), 2)).isFalse();

    assertThat(index.size()).isEqualTo(1);
    assertThat(version("a/b")).isEqualTo(before);
  }

  @Test
  void subscriptionsOfOneFilterComeInTheOrderOfTheirAdding() {
    for (int i = 0; i < 5_000; i++) {
      add("a", i);
    }
    List<Object> expected = new ArrayList<>();
    for (Object stored : match("a")) {
      if ((int) stored % 10 == 3) {
        expected.add(stored);
      } else {
        index.remove(Slice.utf8("a"), stored);
      }
    }

    assertThat(match("a")).isEqualTo(expected);
  }

  @Test
  void hundredThousandNeighboursComeAndGo() {
    int count = 100_000;
    for (int i = 0; i < count; i++) {
      add("device/" + i + "/command", "S" + i % 10);
    }
    for (int i = 0; i < count; i++) {
      assertThat(match("device/" + i + "/command")).hasSize(1);
    }
    assertThat(match("device/" + count + "/command")).isEmpty();
    for (int i = 0; i < count; i++) {
      Object held = match("device/" + i + "/command").getFirst();
      assertThat(index.remove(Slice.utf8("device/" + i + "/command"), held)).isTrue();
      assertThat(match("device/" + i + "/command")).isEmpty();
    }

    assertThat(index.size()).isZero();
  }

  @Test
  void deepestFiltersAndTopicsAreMatchedWithoutRecursion() {
    String singles = "+/".repeat(32_767) + "+"; // 65,535 bytes, 32,768 levels
    String empties = "/".repeat(65_535);
    String letters = "a/".repeat(32_767) + "a";
    add(singles, 1);
    add("+/".repeat(32_767), 2);
    add("+/".repeat(32_766) + "#", 3);
    add(empties, 4);
    add(letters, 5);
    add("a/".repeat(16_000) + "+/".repeat(16_767) + "a", 6);

    assertThat(match(letters)).containsExactlyInAnyOrder(1, 3, 5, 6);
    assertThat(match(empties)).containsExactlyInAnyOrder(3, 4);
    assertThat(match("/".repeat(32_767))).containsExactlyInAnyOrder(1, 2, 3);
    assertThat(match("a/".repeat(32_766) + "a")).containsExactly(3);

    assertThat(index.remove(Slice.utf8(letters), 5)).isTrue();
    assertThat(index.size()).isEqualTo(5);
  }

  /// Each of the 2^12 filters leads along a path of its own, and all of them match.
  @Test
  void wildcardsInAllPlacesCostNoMoreThanTheFiltersThereAre() {
    int levels = 12;
    for (int bits = 0; bits < 1 << levels; bits++) {
      StringBuilder filter = new StringBuilder();
      for (int level = 0; level < levels; level++) {
        filter.append((bits >> level & 1) == 0 ? "+/" : "a/");
      }
      add(filter.append("end").toString(), bits);
    }

    assertThat(match("a/".repeat(levels) + "end")).hasSize(1 << levels).doesNotHaveDuplicates();
    assertThat(match("a/".repeat(levels) + "x".repeat(60_000))).isEmpty();
    assertThat(match("b/".repeat(levels) + "end")).containsExactly(0);
  }

  @Test
  void changeLeavesTheVersionsOfOtherTopicsAlone() {
    long other = version("device/2/state");
    long parent = version("device");

    add("device/1/state", 1);
    add("device/1/#", 1);
    add("device/1", 1);

    assertThat(version("device/2/state")).isEqualTo(other);
    assertThat(version("device")).isEqualTo(parent);
    assertThat(version("device/1")).isNotEqualTo(other);
  }

  @Test
  void multiLevelWildcardChangesTheVersionOfItsParent() {
    long before = version("a");

    add("a/#", 1);

    assertThat(version("a")).isNotEqualTo(before);
  }

  private void add(String filter, Object subscription) {
    assertThat(index.add(Slice.utf8(filter), subscription)).isTrue();
  }

  private List<Object> match(String topic) {
    List<Object> found = new ArrayList<>();
    index.match(Slice.utf8(topic), found::add);
    return found;
  }

  private long version(String topic) {
    Slice bytes = Slice.utf8(topic);
    return index.version(index.stripe1(bytes), index.stripe2(bytes));
  }
}
