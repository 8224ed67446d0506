/// What a broker shows of itself: metrics, clients and sessions, traces. Values only; who asks is
/// no concern of the shards that answer.
@NullMarked
package io.dunlin.broker.observe;

import org.jspecify.annotations.NullMarked;
