/// Ends brokers at random and accounts for what they owe: messages, sessions, subscriptions,
/// retained values and wills. [CrashRun] does it; [Account] is the bookkeeping.
@org.jspecify.annotations.NullMarked
package io.dunlin.crashtest;
