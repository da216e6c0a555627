package io.yardmaster.executors.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The few calls of the operating system that Java has no method for. */
final class Posix {

    static final int SIGKILL = 9;
    static final int SIGTERM = 15;

    private static final int EPERM = 1;
    private static final int ENOENT = 2;
    private static final int WNOHANG = 1;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup SYMBOLS = LINKER.defaultLookup();
    private static final Linker.Option ERRNO_OPTION = Linker.Option.captureCallState("errno");
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle KILL =
            function("kill", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle MKFIFO =
            function("mkfifo", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
    private static final MethodHandle WAITPID = function(
            "waitpid",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

    private static final MethodHandle OPEN =
            function("open", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
    private static final MethodHandle READ = function(
            "read",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    private static final MethodHandle WRITE = function(
            "write",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    private static final MethodHandle CLOSE =
            function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final boolean LINUX = System.getProperty("os.name").equals("Linux");
    private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
    private static final int EAGAIN = LINUX ? 11 : 35;
    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = LINUX ? 0x800 : 0x4;
    private static final int O_NOFOLLOW = !LINUX ? 0x100 : ARM ? 0x8000 : 0x20000;
    private static final int O_CLOEXEC = LINUX ? 0x80000 : 0x1000000;

    private Posix() {}

    /** Whether a process of this id is there, be it a zombie. */
    static boolean exists(long pid) {
        int error = kill((int) pid, 0);
        return error == 0 || error == EPERM;
    }

    /** Sends a signal to a process; one that is gone is no fault. */
    static void signal(long pid, int signal) {
        kill((int) pid, signal);
    }

    /** Sends a signal to a process group. */
    static void signalGroup(long group, int signal) {
        kill((int) -group, signal);
    }

    /** Creates a named pipe, readable and writable by its owner. */
    static void makePipe(Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int result = (int) MKFIFO.invokeExact(state, arena.allocateFrom(path.toString()), 0600);
            if (result != 0) {
                throw new IOException(
                        "The pipe " + path.getFileName() + " cannot be created: error " + (int) ERRNO.get(state, 0L));
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Puts a line end into a named pipe, for who reads from it. Never waits: without anybody who has it open the line end
     * is lost, and where the pipe is full it is not needed. Does not follow a link.
     */
    static void ring(Path pipe) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            // Open for reading, too: that never fails for want of a reader.
            int file = (int) OPEN.invokeExact(
                    state, arena.allocateFrom(pipe.toString()), O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
            if (file >= 0) {
                long _ = (long) WRITE.invokeExact(state, file, arena.allocateFrom("\n"), 1L);
                int _ = (int) CLOSE.invokeExact(state, file);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Reads the beginning of a file. Does not follow a link, and never waits, whatever stands there by now: of a pipe it
     * reads what is in it.
     *
     * @param most bytes at most
     * @throws NoSuchFileException where nothing stands there
     */
    static byte[] read(Path path, int most) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int file = (int) OPEN.invokeExact(
                    state, arena.allocateFrom(path.toString()), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
            if (file < 0) {
                throw notRead(path, (int) ERRNO.get(state, 0L));
            }
            try {
                MemorySegment bytes = arena.allocate(most);
                long length = 0;
                long more = most == 0 ? 0 : (long) READ.invokeExact(state, file, bytes, (long) most);
                while (more > 0) {
                    length += more;
                    long left = most - length;
                    more = left == 0 ? 0 : (long) READ.invokeExact(state, file, bytes.asSlice(length), left);
                }
                if (more < 0 && (int) ERRNO.get(state, 0L) != EAGAIN) {
                    throw notRead(path, (int) ERRNO.get(state, 0L));
                }
                return bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
            } finally {
                int _ = (int) CLOSE.invokeExact(state, file);
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static IOException notRead(Path path, int error) {
        return error == ENOENT
                ? new NoSuchFileException(path.toString())
                : new IOException(path.getFileName() + " cannot be read: error " + error);
    }

    /**
     * Takes the exit status of a child that has ended, so that it does not stay as a zombie. Returns whether this process
     * has no such child any more, or never had.
     */
    static boolean reap(long pid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            return (int) WAITPID.invokeExact(state, (int) pid, MemorySegment.NULL, WNOHANG) != 0;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** kill(2). Returns 0 or the error's number. */
    private static int kill(int target, int signal) {
        if (target == 0 || target == -1 || target == 1) {
            throw new IllegalArgumentException("Not a process to signal: " + target);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int result = (int) KILL.invokeExact(state, target, signal);
            return result == 0 ? 0 : (int) ERRNO.get(state, 0L);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(SYMBOLS.findOrThrow(name), type, ERRNO_OPTION);
    }
}
