package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Answers leave in order, each not before its record, against a plain queue.
class PendingAnswersProperties {
  private record Answer(long sequence, int value) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void answersLeaveInOrderWhenTheirRecordsAreCommitted(long seed) {
    Random random = new Random(seed);
    PendingAnswers answers = new PendingAnswers();
    ArrayDeque<Answer> model = new ArrayDeque<>();
    long sequence = 0;
    long committed = 0;
    for (int step = 0; step < 20_000; step++) {
      if (random.nextInt(100) < (step / 3_000 % 2 == 0 ? 70 : 40)) {
        Answer answer = new Answer(random.nextInt(3) == 0 ? 0 : ++sequence, step);
        model.add(answer);
        if (random.nextInt(5) == 0) {
          answers.addAction(answer.sequence, () -> written.add(answer.value));
        } else {
          answers.addAck(answer.sequence, answer.value);
        }
      } else {
        committed += random.nextLong(sequence - committed + 1);
        List<Integer> expected = new ArrayList<>();
        while (!model.isEmpty() && model.getFirst().sequence <= committed) {
          expected.add(model.removeFirst().value);
        }
        written.clear();
        assertThat(answers.carryOut(committed, written::add))
            .as("seed %d step %d", seed, step)
            .isEqualTo(expected.size());
        assertThat(written).as("seed %d step %d", seed, step).isEqualTo(expected);
      }
      assertThat(answers.size()).as("seed %d step %d", seed, step).isEqualTo(model.size());
    }
  }

  private final List<Integer> written = new ArrayList<>();

  @Test
  void actionMayAddAnswersAndMayForgetThemAll() {
    PendingAnswers answers = new PendingAnswers();
    answers.addAction(
        1,
        () -> {
          for (int i = 0; i < 100; i++) {
            answers.addAck(i < 50 ? 1 : 2, i);
          }
        });
    assertThat(answers.carryOut(1, written::add)).isEqualTo(51);
    assertThat(written).hasSize(50);
    answers.addAction(2, answers::clear);
    answers.addAck(2, 1000);
    assertThat(answers.carryOut(2, written::add)).isEqualTo(51);
    assertThat(written).hasSize(100).doesNotContain(1000);
    assertThat(answers.isEmpty()).isTrue();
  }
}
