package io.yardmaster.executors.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The control group of one attempt: no process of it gets out, whatever it does to its session and environment. */
record Cgroup(Path folder) {

    void create() throws IOException {
        Files.createDirectories(folder);
    }

    /** Where a process enters by writing a zero. */
    Path entrance() {
        return folder.resolve("cgroup.procs");
    }

    /** The processes in it and in the groups beneath, without zombies. */
    List<Long> processes() {
        List<Long> found = new ArrayList<>();
        collect(folder, found);
        return found;
    }

    /** Sends KILL to all of it at once. Processes being born at the same time may be left: ask again. */
    void kill() {
        if (write(folder.resolve("cgroup.kill"), "1")) {
            return;
        }
        // Frozen, a group cannot fork faster than it is killed. cgroup.freeze is version 2, freezer.state version 1.
        boolean frozen =
                write(folder.resolve("cgroup.freeze"), "1") || write(folder.resolve("freezer.state"), "FROZEN");
        processes().forEach(pid -> Posix.signal(pid, Posix.SIGKILL));
        if (frozen) {
            write(folder.resolve("cgroup.freeze"), "0");
            write(folder.resolve("freezer.state"), "THAWED");
        }
    }

    /** Removes the empty group. Returns whether it is gone: the last steps of a process that ends may still hold it. */
    boolean delete() {
        return deleteTree(folder);
    }

    private static void collect(Path group, List<Long> found) {
        try {
            Files.readAllLines(group.resolve("cgroup.procs")).stream()
                    .map(Long::valueOf)
                    .filter(pid -> pid > 1)
                    .forEach(found::add);
        } catch (NoSuchFileException e) {
            return; // the kernel removes nothing that still holds a process
        } catch (IOException e) {
            // Not being able to look, as with too many open files, must not pass for having seen nothing. A group that
            // goes away while it is read answers so too.
            if (Files.exists(group)) {
                throw new UncheckedIOException(e);
            }
            return;
        }
        listed(group).forEach(child -> collect(child, found));
    }

    private static boolean deleteTree(Path group) {
        children(group).forEach(Cgroup::deleteTree);
        try {
            Files.deleteIfExists(group);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    static List<Path> children(Path group) {
        try {
            return listed(group);
        } catch (UncheckedIOException e) {
            return List.of();
        }
    }

    private static List<Path> listed(Path group) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(group, Files::isDirectory)) {
            children.forEach(found::add);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (DirectoryIteratorException e) {
            throw new UncheckedIOException(e.getCause());
        }
        return found;
    }

    private static boolean write(Path file, String text) {
        if (!Files.exists(file)) {
            return false;
        }
        try {
            Files.writeString(file, text);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
