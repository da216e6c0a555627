package io.yardmaster.executors.process;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * posix_spawn(3) of the GNU C library, which starts a process in a session of its own without the two helper programs
 * that {@link ProcessBuilder} and {@code setsid} need, and without a thread that waits for it.
 */
final class NativeSpawn {

    private static final int O_WRONLY = 1;
    private static final int O_CREAT = 0100;
    private static final int O_APPEND = 02000;
    private static final short SETSIGDEF = 0x04;
    private static final short SETSIGMASK = 0x08;
    private static final short SETSID = 0x80;

    /** More than any of the library's opaque structures takes. */
    private static final int STRUCTURE_BYTES = 1024;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    private static final AddressLayout POINTER = ValueLayout.ADDRESS;

    private final MethodHandle spawn = function("posix_spawn", POINTER, POINTER, POINTER, POINTER, POINTER, POINTER);
    private final MethodHandle actionsInit = function("posix_spawn_file_actions_init", POINTER);
    private final MethodHandle actionsDestroy = function("posix_spawn_file_actions_destroy", POINTER);
    private final MethodHandle addOpen = function("posix_spawn_file_actions_addopen", POINTER, INT, POINTER, INT, INT);
    private final MethodHandle addDup = function("posix_spawn_file_actions_adddup2", POINTER, INT, INT);
    private final MethodHandle addCloseFrom = function("posix_spawn_file_actions_addclosefrom_np", POINTER, INT);
    private final MethodHandle addChangeDirectory = function("posix_spawn_file_actions_addchdir_np", POINTER, POINTER);
    private final MethodHandle attributesInit = function("posix_spawnattr_init", POINTER);
    private final MethodHandle attributesDestroy = function("posix_spawnattr_destroy", POINTER);
    private final MethodHandle setFlags = function("posix_spawnattr_setflags", POINTER, SHORT);
    private final MethodHandle setDefaults = function("posix_spawnattr_setsigdefault", POINTER, POINTER);
    private final MethodHandle setMask = function("posix_spawnattr_setsigmask", POINTER, POINTER);
    private final MethodHandle emptySignals = function("sigemptyset", POINTER);
    private final MethodHandle allSignals = function("sigfillset", POINTER);

    private NativeSpawn() {}

    /** Empty on a host whose C library lacks any of what is needed. */
    static Optional<NativeSpawn> find() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return Optional.empty();
        }
        try {
            return Optional.of(new NativeSpawn());
        } catch (NoSuchElementException e) {
            return Optional.empty();
        }
    }

    /**
     * Starts a program as leader of a new session, with all signals at their defaults and nothing open but the null device
     * and a log. It is this server's child, to be {@linkplain Posix#reap reaped} when it has ended.
     *
     * @param command the program, absolute, and its arguments
     * @return its process id
     */
    long start(List<String> command, Map<String, String> environment, Path directory, Path log)
            throws RefusedException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment actions = arena.allocate(STRUCTURE_BYTES, 16);
            MemorySegment attributes = arena.allocate(STRUCTURE_BYTES, 16);
            MemorySegment signals = arena.allocate(STRUCTURE_BYTES, 16);
            check((int) actionsInit.invokeExact(actions));
            check((int) attributesInit.invokeExact(attributes));
            try {
                check((int) addOpen.invokeExact(actions, 0, arena.allocateFrom("/dev/null"), 0, 0));
                check((int) addOpen.invokeExact(
                        actions, 1, arena.allocateFrom(log.toString()), O_WRONLY | O_CREAT | O_APPEND, 0600));
                check((int) addDup.invokeExact(actions, 1, 2));
                check((int) addCloseFrom.invokeExact(actions, 3));
                check((int) addChangeDirectory.invokeExact(actions, arena.allocateFrom(directory.toString())));
                check((int) allSignals.invokeExact(signals));
                check((int) setDefaults.invokeExact(attributes, signals));
                check((int) emptySignals.invokeExact(signals));
                check((int) setMask.invokeExact(attributes, signals));
                check((int) setFlags.invokeExact(attributes, (short) (SETSIGDEF | SETSIGMASK | SETSID)));
                List<String> entries = environment.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .toList();
                MemorySegment pid = arena.allocate(INT);
                int error = (int) spawn.invokeExact(
                        pid,
                        arena.allocateFrom(command.getFirst()),
                        actions,
                        attributes,
                        pointers(command, arena),
                        pointers(entries, arena));
                if (error != 0) {
                    throw new RefusedException(error);
                }
                return pid.get(INT, 0);
            } finally {
                int _ = (int) actionsDestroy.invokeExact(actions);
                int _ = (int) attributesDestroy.invokeExact(attributes);
            }
        } catch (RefusedException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The system does not start the process. */
    static final class RefusedException extends Exception {

        private final int error;

        RefusedException(int error) {
            super("error " + error);
            this.error = error;
        }

        /** The system's error number. */
        int error() {
            return error;
        }
    }

    /** An array of C strings that ends with a null pointer. */
    private static MemorySegment pointers(List<String> texts, Arena arena) {
        MemorySegment array = arena.allocate(POINTER, texts.size() + 1L);
        for (int i = 0; i < texts.size(); i++) {
            array.setAtIndex(POINTER, i, arena.allocateFrom(texts.get(i)));
        }
        return array;
    }

    private static void check(int result) {
        if (result != 0) {
            throw new IllegalStateException("A process cannot be described to the system: error " + result);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, MemoryLayout... parameters) {
        SymbolLookup symbols = Linker.nativeLinker().defaultLookup();
        return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), FunctionDescriptor.of(INT, parameters));
    }
}
