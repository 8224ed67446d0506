/// The broker seen from outside: metrics and health over HTTP, and the socket of `dunlin ctl`.
@NullMarked
package io.dunlin.admin;

import org.jspecify.annotations.NullMarked;
