/// Who may connect, publish, subscribe and receive: the password file, certificates and rules that
/// the broker brings with it. Plug-ins come in by `broker.spi` instead.
package io.dunlin.broker.auth;
