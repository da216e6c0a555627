package io.yardmaster.executors.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A line of the process table. On a host without {@code /proc} group, session and start time are unknown.
 *
 * @param startTime in clock ticks since the machine's start
 */
record ProcessEntry(long pid, long parent, long group, long session, long startTime, boolean zombie) {

    private static final Path PROC = Path.of("/proc");
    private static final boolean HAS_PROC = Files.isReadable(PROC.resolve("self/stat"));
    private static final long UNKNOWN = -1;

    static boolean tableIsComplete() {
        return HAS_PROC;
    }

    static Optional<ProcessEntry> of(long pid) {
        if (!HAS_PROC) {
            return ProcessHandle.of(pid).map(ProcessEntry::of);
        }
        try {
            String stat = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
            // The name is in parentheses and may hold spaces and parentheses: count from its end.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Optional.of(new ProcessEntry(
                    pid,
                    Long.parseLong(fields[1]),
                    Long.parseLong(fields[2]),
                    Long.parseLong(fields[3]),
                    Long.parseLong(fields[19]),
                    fields[0].equals("Z") || fields[0].equals("X")));
        } catch (IOException e) {
            requireGone(e);
            return Optional.empty();
        }
    }

    static List<ProcessEntry> all() {
        if (!HAS_PROC) {
            return ProcessHandle.allProcesses().map(ProcessEntry::of).toList();
        }
        List<ProcessEntry> entries = new ArrayList<>();
        String[] names = PROC.toFile().list();
        if (names == null) {
            throw new UncheckedIOException(new IOException("The processes of this machine cannot be listed."));
        }
        for (String name : names) {
            if (Character.isDigit(name.charAt(0))) {
                of(Long.parseLong(name)).ifPresent(entries::add);
            }
        }
        return entries;
    }

    /** Whether the command line of this process holds a word; false where it may not be read. */
    boolean wasGiven(String word) {
        if (!HAS_PROC) {
            return ProcessHandle.of(pid)
                    .flatMap(process -> process.info().commandLine())
                    .filter(line -> line.contains(word))
                    .isPresent();
        }
        try {
            return Files.readString(PROC.resolve(pid + "/cmdline"), StandardCharsets.ISO_8859_1)
                    .contains("\0" + word + "\0");
        } catch (IOException e) {
            requireGone(e);
            return false;
        }
    }

    /** The start of the machine, as far as it has one: a process id of another boot names another process. */
    static String bootId() {
        try {
            return Files.readString(PROC.resolve("sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            return "-";
        }
    }

    /** Whether the environment the process was started with holds this entry; false where it may not be read. */
    boolean startedWith(String entry) {
        try {
            String environment = Files.readString(PROC.resolve(pid + "/environ"), StandardCharsets.ISO_8859_1);
            return ("\0" + environment).contains("\0" + entry + "\0");
        } catch (IOException e) {
            requireGone(e);
            return false;
        }
    }

    private static ProcessEntry of(ProcessHandle process) {
        long parent = process.parent().map(ProcessHandle::pid).orElse(UNKNOWN);
        return new ProcessEntry(process.pid(), parent, UNKNOWN, UNKNOWN, UNKNOWN, !process.isAlive());
    }

    /** Not being able to look, as with too many open files, must not pass for having seen nothing. */
    private static void requireGone(IOException e) {
        boolean gone = e instanceof NoSuchFileException
                || e instanceof AccessDeniedException
                || String.valueOf(e.getMessage()).contains("No such process");
        if (!gone) {
            throw new UncheckedIOException(e);
        }
    }
}
