package io.dunlin.crashtest;

import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/// All clients of a run: who they are, and what each receiver has to do with the account.
final class Cast {
  /// The name of the shared group in the account.
  static final String GROUP = "group";

  /// The topic of the messages that tell whether subscriptions are there.
  static final String PROBE = "load/probe";

  private static final String FILTER = "load/#";
  private static final String SHARED_FILTER = "$share/" + GROUP + "/" + FILTER;
  private static final int MEMBERS_OF_A_VERSION = 2;
  private static final int MESSAGES_BETWEEN_CUTS = 2_500;

  private final Plan plan;
  private final Stage stage;
  private final Account account;
  private final InetSocketAddress address;
  private final Random random;
  private final List<Publisher> publishers = new ArrayList<>();

  /// In the account by their own name.
  private final List<Subscriber> subscribers = new ArrayList<>();

  private final List<Subscriber> members = new ArrayList<>();
  private final List<Subscriber> sleepers = new ArrayList<>();
  private final Subscriber heir;

  /// By receiver: the number of the last probe it got. Guarded by itself.
  private final Map<String, Integer> probes = new HashMap<>();

  Cast(Plan plan, Stage stage, Account account, Wills wills, InetSocketAddress address) {
    this.plan = plan;
    this.stage = stage;
    this.account = account;
    this.address = address;
    random = new Random(plan.seed());
    for (MqttVersion version : plan.versions()) {
      addPublishers(version);
      addSubscribers(version);
    }
    if (!members.isEmpty()) {
      account.receiver(GROUP, false);
    }
    heir =
        new Subscriber(
            address,
            stage,
            account,
            plan.versions().getLast(),
            "heir",
            random.nextLong(),
            Wills.FILTER,
            0,
            (_, _, publish) -> wills.published(Message.of(publish), System.currentTimeMillis()));
  }

  private void addPublishers(MqttVersion version) {
    int count = plan.versions().size() * plan.qos().size() * plan.publishers().size();
    double perSecond = (double) plan.rate() / count;
    int cutOnceIn = plan.rate() == 0 ? MESSAGES_BETWEEN_CUTS : Math.max(3, (int) (perSecond / 2));
    for (Qos qos : plan.qos()) {
      for (Habit habit : inOrder(plan.publishers())) {
        publishers.add(
            new Publisher(
                address,
                stage,
                account,
                version,
                name("pub", version, habit) + "-q" + qos.value(),
                random.nextLong(),
                qos,
                perSecond,
                habit == Habit.FLAP ? cutOnceIn : 0));
      }
    }
  }

  private void addSubscribers(MqttVersion version) {
    int cutOnceIn = plan.rate() == 0 ? MESSAGES_BETWEEN_CUTS : Math.max(3, plan.rate() / 2);
    for (Habit habit : inOrder(plan.subscribers())) {
      if (habit == Habit.SHARE) {
        int share = cutOnceIn / (MEMBERS_OF_A_VERSION * plan.versions().size());
        for (int number = 1; number <= MEMBERS_OF_A_VERSION; number++) {
          String clientId = name("sub", version, habit) + number;
          members.add(subscriber(version, clientId, SHARED_FILTER, Math.max(3, share)));
        }
      } else {
        String clientId = name("sub", version, habit);
        Subscriber one = subscriber(version, clientId, FILTER, habit == Habit.FLAP ? cutOnceIn : 0);
        account.receiver(clientId, true);
        subscribers.add(one);
        if (habit == Habit.SLEEP) {
          sleepers.add(one);
        }
      }
    }
  }

  private Subscriber subscriber(
      MqttVersion version, String clientId, String filter, int cutOnceIn) {
    String receiver = filter.equals(SHARED_FILTER) ? GROUP : clientId;
    return new Subscriber(
        address,
        stage,
        account,
        version,
        clientId,
        random.nextLong(),
        filter,
        cutOnceIn,
        (_, by, publish) -> take(receiver, by, publish));
  }

  /// The order of a set is not the same in every process.
  private static List<Habit> inOrder(Set<Habit> habits) {
    return habits.stream().sorted().toList();
  }

  private static String name(String kind, MqttVersion version, Habit habit) {
    return kind
        + (version == MqttVersion.V5 ? "5" : "3")
        + "-"
        + habit.name().toLowerCase(Locale.ROOT);
  }

  private void take(String receiver, MqttVersion version, Publish publish) {
    Message message = Message.of(publish);
    if (publish.retain()) {
      return; // A subscription that had to be made again brings the value of now.
    }
    if (message.topic().equals(PROBE)) {
      synchronized (probes) {
        probes.merge(receiver, message.sequence(), Math::max);
      }
      return;
    }
    account.delivered(receiver, message, publish.qos() == Qos.EXACTLY_ONCE);
    if (!publish.dup() && !receiver.equals(GROUP)) {
      account.checkExpiry(
          receiver,
          message,
          version == MqttVersion.V5,
          publish.messageExpirySeconds(),
          System.currentTimeMillis());
    }
  }

  /// Makes all sessions and subscriptions.
  void establish() throws IOException {
    for (DurableClient each : everybody()) {
      each.establish();
    }
    sleepers.forEach(Subscriber::sleep);
  }

  List<DurableClient> everybody() {
    List<DurableClient> all = new ArrayList<>();
    all.addAll(publishers);
    all.addAll(subscribers);
    all.addAll(members);
    all.add(heir);
    return all;
  }

  List<Subscriber> sleepers() {
    return sleepers;
  }

  /// The topics that may have a retained value.
  List<String> retainedTopics() {
    return publishers.stream().flatMap(each -> each.retainedTopics().stream()).toList();
  }

  /// Whether all that was published is acknowledged.
  boolean isIdle() {
    return publishers.stream().allMatch(Publisher::isIdle);
  }

  /// The receivers that are connected, or should be.
  List<String> receiversAwake() {
    List<String> names = new ArrayList<>();
    subscribers.stream().filter(DurableClient::isAwake).forEach(each -> names.add(each.clientId));
    if (!members.isEmpty()) {
      names.add(GROUP);
    }
    return names;
  }

  /// Whether a receiver has got that probe, or a later one.
  boolean hasProbe(String receiver, int number) {
    synchronized (probes) {
      return probes.getOrDefault(receiver, 0) >= number;
    }
  }

  /// Makes a receiver subscribe again, with its next connection, which is now.
  void renew(String receiver) {
    List<Subscriber> all = receiver.equals(GROUP) ? members : subscribers;
    all.stream()
        .filter(each -> receiver.equals(GROUP) || each.clientId.equals(receiver))
        .forEach(Subscriber::renew);
  }
}
