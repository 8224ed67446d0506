package io.dunlin.tests.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// Every ERROR that the broker logs while a simulation runs on this thread fails the simulation:
/// that is where exceptions go which it catches to save the rest.
final class Errors implements AutoCloseable {
  private static final ThreadLocal<@Nullable World> CURRENT = new ThreadLocal<>();

  static {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    root.setLevel(Level.ERROR);
    Appender appender = new Appender();
    appender.setContext(root.getLoggerContext());
    appender.start();
    root.addAppender(appender);
  }

  private Errors() {}

  static Errors reportTo(World world) {
    CURRENT.set(world);
    return new Errors();
  }

  @Override
  public void close() {
    CURRENT.remove();
  }

  private static final class Appender extends AppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
      World world = CURRENT.get();
      if (world != null) {
        Throwable cause =
            event.getThrowableProxy() instanceof ThrowableProxy proxy ? proxy.getThrowable() : null;
        world.report("the broker logs: " + event.getFormattedMessage(), cause);
      }
    }
  }
}
