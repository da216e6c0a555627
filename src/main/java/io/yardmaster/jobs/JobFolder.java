package io.yardmaster.jobs;

import io.yardmaster.kernel.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * What a job's folder looks like without reading it: its files by name, size, times, mode and inode. Cheap enough to be
 * looked at every moment.
 *
 * @param files sorted by path
 * @param faults what makes the folder unusable as a job
 * @param fingerprint equal as long as nothing was changed
 * @param newest when the last change was made, by the clock of the file system
 */
record JobFolder(Path path, List<Entry> files, List<JobFault> faults, Sha256 fingerprint, Instant newest) {

    static final int MAX_FILES = 10_000;
    static final long MAX_SIZE = 64L * 1024 * 1024;
    private static final int MAX_PATH = 1_000;
    private static final int MAX_DEPTH = 32;

    /** A regular file of the folder; its path is relative, with {@code /}. */
    record Entry(String path, long size, boolean executable) {}

    /** Looks at a folder. Symbolic links are never followed. */
    static JobFolder look(Path folder) throws IOException {
        Look look = new Look(folder);
        look.into(folder, "", 0);
        if (look.size > MAX_SIZE) {
            look.fault("", "the folder holds more than " + MAX_SIZE / 1024 / 1024 + " MiB");
        }
        look.files.sort(Comparator.comparing(Entry::path));
        return new JobFolder(
                folder, List.copyOf(look.files), List.copyOf(look.faults), Sha256.of(look.digest), look.newest);
    }

    private static final class Look {

        private final Path root;
        private final List<Entry> files = new ArrayList<>();
        private final List<JobFault> faults = new ArrayList<>();
        private final MessageDigest digest = Sha256.newDigest();
        private Instant newest = Instant.EPOCH;
        private long size;

        Look(Path root) {
            this.root = root;
        }

        void into(Path folder, String prefix, int depth) throws IOException {
            List<Path> children = new ArrayList<>();
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
                for (Path entry : entries) {
                    children.add(entry);
                    if (children.size() > MAX_FILES) {
                        break;
                    }
                }
            }
            children.sort(Comparator.comparing(child -> child.getFileName().toString()));
            for (Path child : children) {
                visit(child, prefix + child.getFileName(), depth);
            }
        }

        private void visit(Path child, String path, int depth) throws IOException {
            Map<String, Object> stat = Files.readAttributes(
                    child,
                    "unix:mode,ino,dev,size,lastModifiedTime,ctime,isRegularFile,isDirectory,isSymbolicLink",
                    LinkOption.NOFOLLOW_LINKS);
            note(path, stat);
            if (path.length() > MAX_PATH || path.chars().anyMatch(Character::isISOControl)) {
                fault("", "a file's name is longer than " + MAX_PATH + " characters or holds control characters");
            } else if (is(stat, "isSymbolicLink")) {
                fault(path, "is a symbolic link; a job is made of files only, so put a copy in its place");
            } else if (is(stat, "isDirectory")) {
                folder(child, path, depth);
            } else if (!is(stat, "isRegularFile")) {
                fault(path, "is neither a file nor a folder");
            } else {
                file(path, stat);
            }
        }

        private void folder(Path child, String path, int depth) throws IOException {
            if (child.getFileName().toString().equals(".git")) {
                return;
            }
            if (depth >= MAX_DEPTH) {
                fault(path, "folders are nested deeper than " + MAX_DEPTH);
                return;
            }
            into(child, path + "/", depth + 1);
        }

        private void file(String path, Map<String, Object> stat) {
            if (files.size() >= MAX_FILES) {
                if (faults.stream().noneMatch(fault -> fault.message().contains("more than"))) {
                    fault("", "the folder holds more than " + MAX_FILES + " files");
                }
                return;
            }
            long length = ((Number) stat.getOrDefault("size", 0L)).longValue();
            size += length;
            files.add(new Entry(path, length, (((Number) stat.getOrDefault("mode", 0)).intValue() & 0111) != 0));
        }

        private void note(String path, Map<String, Object> stat) {
            FileTime modified = (FileTime) stat.getOrDefault("lastModifiedTime", FileTime.fromMillis(0));
            FileTime changed = (FileTime) stat.getOrDefault("ctime", FileTime.fromMillis(0));
            boolean folder = is(stat, "isDirectory");
            // The times of a folder change with files that are none of its job, such as those of .git.
            String line = path
                    + '\0'
                    + stat.get("mode")
                    + ' '
                    + stat.get("dev")
                    + ' '
                    + stat.get("ino")
                    + ' '
                    + (folder ? "" : stat.get("size") + " " + modified.toInstant() + ' ' + changed.toInstant())
                    + '\n';
            digest.update(line.getBytes(StandardCharsets.UTF_8));
            Instant last = changed.toInstant();
            if (!folder && last.isAfter(newest)) {
                newest = last;
            }
        }

        private static boolean is(Map<String, Object> stat, String kind) {
            return Boolean.TRUE.equals(stat.get(kind));
        }

        private void fault(String path, String message) {
            if (faults.size() < 100) {
                faults.add(new JobFault(path.isEmpty() ? root.getFileName() + "/" : path, 0, message));
            }
        }
    }
}
