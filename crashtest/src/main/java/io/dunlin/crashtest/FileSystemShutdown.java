package io.dunlin.crashtest;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/// Makes a mounted file system of Linux forget all that it has not written: the ioctl
/// `EXT4_IOC_SHUTDOWN`, which XFS and F2FS have too. Nothing can be written to it from then on; it
/// has to be mounted anew.
final class FileSystemShutdown {
  private static final int O_RDONLY = 0;

  /// `_IOR('X', 125, __u32)`.
  private static final long SHUTDOWN = 0x8004_587DL;

  /// Without even writing the journal.
  private static final int NO_LOG_FLUSH = 2;

  private FileSystemShutdown() {}

  /// @param mount where it is mounted; this process must be root
  static void of(Path mount) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle open =
          function(
              "open",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
              2);
      MethodHandle ioctl =
          function(
              "ioctl",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.ADDRESS),
              2);
      MethodHandle close =
          function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT), -1);
      int file = (int) open.invokeExact(arena.allocateFrom(mount.toString()), O_RDONLY);
      MemorySegment how = arena.allocateFrom(ValueLayout.JAVA_INT, NO_LOG_FLUSH);
      int result = file < 0 ? file : (int) ioctl.invokeExact(file, SHUTDOWN, how);
      if (result != 0) {
        throw new IOException("the file system at " + mount + " cannot be shut down");
      }
      var _ = (int) close.invokeExact(file);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @SuppressWarnings("restricted") // functions of the C library, with the types they have there
  private static MethodHandle function(String name, FunctionDescriptor type, int firstVariadic) {
    Linker linker = Linker.nativeLinker();
    Linker.Option[] options =
        firstVariadic < 0
            ? new Linker.Option[0]
            : new Linker.Option[] {Linker.Option.firstVariadicArg(firstVariadic)};
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
  }
}
