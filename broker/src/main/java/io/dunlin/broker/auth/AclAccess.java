package io.dunlin.broker.auth;

import io.dunlin.broker.auth.AclRights.Held;
import io.dunlin.broker.config.AclRules;
import io.dunlin.broker.config.RuleHolder;
import io.dunlin.broker.config.RuleHolder.Kind;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.Rights;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Rights by rules. Immutable. Clients whose rules have no placeholders share one object, so that
/// what was decided for one is known for all.
public final class AclAccess implements Access {
  private final AclRules rules;
  private final Map<String, Rights> ofUsers = new HashMap<>();
  private final @Nullable Rights ofAnonymous;
  private final @Nullable Rights ofOthers;

  /// @param rules not empty
  public AclAccess(AclRules rules) {
    this.rules = rules;
    rules
        .users()
        .keySet()
        .forEach(user -> {
          List<Held> own = rulesOf(user);
          if (!hasPlaceholder(own, 'c')) {
            ofUsers.put(user, new AclRights(own, "", user));
          }
        });
    this.ofAnonymous = shared(anonymousRules());
    this.ofOthers = shared(everyonesRules());
  }

  private static @Nullable Rights shared(List<Held> rules) {
    boolean personal = hasPlaceholder(rules, 'c') || hasPlaceholder(rules, 'u');
    return personal ? null : new AclRights(rules, "", "");
  }

  private static boolean hasPlaceholder(List<Held> rules, char letter) {
    return rules.stream()
        .flatMap(held -> held.rule().topics().stream())
        .anyMatch(topic -> TopicPattern.hasPlaceholder(topic, letter));
  }

  private List<Held> everyonesRules() {
    return heldBy(new RuleHolder(Kind.EVERYONE, "")).toList();
  }

  private List<Held> anonymousRules() {
    List<Held> all = new ArrayList<>(heldBy(new RuleHolder(Kind.ANONYMOUS, "")).toList());
    all.addAll(everyonesRules());
    return all;
  }

  private List<Held> rulesOf(String user) {
    if (user.isEmpty()) {
      return anonymousRules();
    }
    AclRules.User known = rules.users().get(user);
    List<Held> all = new ArrayList<>();
    if (known != null) {
      all.addAll(heldBy(new RuleHolder(Kind.USER, user)).toList());
      known.roles().stream()
          .flatMap(role -> heldBy(new RuleHolder(Kind.ROLE, role)))
          .forEach(all::add);
    }
    all.addAll(everyonesRules());
    return all;
  }

  private Stream<Held> heldBy(RuleHolder holder) {
    return holder.rulesIn(rules).stream().map(rule -> new Held(holder, rule));
  }

  @Override
  public Rights rights(String clientId, String owner) {
    Rights shared =
        owner.isEmpty()
            ? ofAnonymous
            : rules.users().containsKey(owner) ? ofUsers.get(owner) : ofOthers;
    return shared != null ? shared : new AclRights(rulesOf(owner), clientId, owner);
  }

  @Override
  public boolean mayHave(String clientId, String owner) {
    AclRules.User user = rules.users().get(owner);
    return user == null
        || user.clientIds().isEmpty()
        || user.clientIds().stream()
            .anyMatch(prefix -> clientId.startsWith(prefix.replace("%u", owner)));
  }
}
