/// The only doors for plug-ins: who may connect, and what they may do.
package io.dunlin.broker.spi;
