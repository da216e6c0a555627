package io.yardmaster.jobs;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A folder of job folders. */
final class FolderSource {

    private static final int MAX_DEPTH = 8;
    private static final int MAX_FOLDERS = 50_000;

    private final String name;
    private final Path root;

    FolderSource(String name, Path root) {
        this.name = name;
        this.root = root;
    }

    String name() {
        return name;
    }

    /**
     * What was found.
     *
     * @param faults for folders relative to the root, what keeps them from being looked into
     */
    record Found(SortedMap<JobId, Path> jobs, SortedMap<String, JobFault> faults) {}

    /** Every job folder beneath the root. Folders of jobs are not looked into. */
    Found find() throws IOException {
        Found found = new Found(new TreeMap<>(), new TreeMap<>());
        if (isJob(root)) {
            found.faults()
                    .put(
                            "",
                            new JobFault(
                                    ConfigFindings.FILE,
                                    0,
                                    "the root of a source cannot be a job itself; "
                                            + "put the job into a folder beneath it"));
        }
        int[] left = {MAX_FOLDERS};
        into(root, List.of(), found, left);
        if (left[0] <= 0) {
            found.faults().put("", new JobFault(".", 0, "more than " + MAX_FOLDERS + " folders; the rest is not read"));
        }
        return found;
    }

    /** The folder of a job; empty where there is none. */
    Optional<Path> folder(JobId id) throws IOException {
        if (!Files.isDirectory(root)) {
            throw new IOException("the folder of source '" + name + "' is not there");
        }
        Path folder = root;
        String inside = id.folder();
        for (Path part : Path.of(inside)) {
            // A folder above that is a job itself holds no other jobs.
            folder = folder.resolve(part);
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                    || (isJob(folder) && !folder.equals(root.resolve(inside)))) {
                return Optional.empty();
            }
        }
        return isJob(folder) ? Optional.of(folder) : Optional.empty();
    }

    private static boolean isJob(Path folder) {
        return Files.isRegularFile(folder.resolve(ConfigFindings.FILE), LinkOption.NOFOLLOW_LINKS);
    }

    private static void into(Path folder, List<String> above, Found found, int[] left) throws IOException {
        for (Path child : children(folder)) {
            String folderName = child.getFileName().toString();
            if (--left[0] <= 0) {
                return;
            }
            if (folderName.startsWith(".")) {
                continue;
            }
            List<String> path = new ArrayList<>(above);
            path.add(folderName);
            String relative = String.join("/", path);
            if (Files.isSymbolicLink(child)) {
                if (Files.isDirectory(child)) {
                    found.faults()
                            .put(relative, new JobFault(".", 0, "is a symbolic link to a folder and is not followed"));
                }
            } else if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
                folder(child, path, found, left);
            }
        }
    }

    private static void folder(Path folder, List<String> path, Found found, int[] left) throws IOException {
        String relative = String.join("/", path);
        if (!JobId.isFolderName(path.getLast())) {
            misnamed(folder, relative, found);
        } else if (isJob(folder)) {
            found.jobs().put(id(path), folder);
        } else if (path.size() < MAX_DEPTH) {
            into(folder, path, found, left);
        }
    }

    private static void misnamed(Path child, String relative, Found found) {
        if (isJob(child)) {
            found.faults()
                    .put(
                            relative,
                            new JobFault(
                                    ".",
                                    0,
                                    child.getFileName().toString().equals("versions")
                                            ? "a job's folder cannot be named 'versions'"
                                            : "the name of a job's folder begins with a lower-case letter or a digit"
                                                    + " and goes on with lower-case letters, digits, '_' and '-', at"
                                                    + " most 63 of them"));
        }
    }

    private static JobId id(List<String> path) {
        String namespace = String.join(".", path.subList(0, path.size() - 1));
        return new JobId(namespace.isEmpty() ? path.getLast() : namespace + "/" + path.getLast());
    }

    private static List<Path> children(Path folder) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            entries.forEach(children::add);
        }
        children.sort(Comparator.comparing(child -> child.getFileName().toString()));
        return children;
    }
}
