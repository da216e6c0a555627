package io.yardmaster.executors.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds a place for control groups beneath the server's own, so that the limits on the server hold for its steps. */
final class Cgroups {

    private static final Logger log = LoggerFactory.getLogger(Cgroups.class);

    private final Optional<Path> parent;

    private Cgroups(Optional<Path> parent) {
        this.parent = parent;
    }

    /** Looks for a hierarchy in which this process may create groups: version 2 first, then freezer and pids. */
    static Cgroups find(Path dataDirectory) {
        return findIn(candidates(), dataDirectory);
    }

    static Cgroups findIn(List<Path> candidates, Path dataDirectory) {
        String name =
                "yardmaster-" + UUID.nameUUIDFromBytes(dataDirectory.toString().getBytes(StandardCharsets.UTF_8));
        for (Path candidate : candidates) {
            Path parent = candidate.resolve(name);
            try {
                Files.createDirectories(parent);
                Cgroup probe = new Cgroup(parent.resolve("probe"));
                probe.create();
                boolean usable = Files.isWritable(probe.entrance());
                // Groups that were left by attempts which nobody took up; those in use cannot be removed.
                Cgroup.children(parent).forEach(group -> new Cgroup(group).delete());
                if (usable) {
                    return new Cgroups(Optional.of(parent));
                }
            } catch (IOException e) {
                log.debug("No control groups in {}: {}", candidate, e.getMessage());
            }
        }
        log.info("Control groups cannot be created here: processes of a step that leave its session and clear their"
                + " environment will not be found.");
        return none();
    }

    static Cgroups none() {
        return new Cgroups(Optional.empty());
    }

    boolean available() {
        return parent.isPresent();
    }

    /** A new group for an attempt; empty when there can be none. */
    Optional<Cgroup> create(String token) {
        if (parent.isEmpty()) {
            return Optional.empty();
        }
        Cgroup group = new Cgroup(parent.get().resolve(token));
        try {
            group.create();
            return Optional.of(group);
        } catch (IOException e) {
            log.warn("The control group of an attempt cannot be created: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** Removes the place of the groups when none is left in it. */
    void close() {
        parent.filter(place -> Cgroup.children(place).isEmpty()).ifPresent(place -> new Cgroup(place).delete());
    }

    /** The server's own groups in the hierarchies of use, best first. */
    static List<Path> candidates() {
        List<Path> found = new ArrayList<>();
        for (String controller : List.of("", "freezer", "pids")) {
            own(controller).ifPresent(found::add);
        }
        return found;
    }

    /** The folder of the server's own group in one hierarchy; version 2 has no controller's name. */
    private static Optional<Path> own(String controller) {
        try {
            Optional<String> own = Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
                    .map(line -> line.split(":", 3))
                    .filter(line -> List.of(line[1].split(",", -1)).contains(controller))
                    .map(line -> line[2])
                    .findFirst();
            if (own.isEmpty()) {
                return Optional.empty();
            }
            return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                    .map(Cgroups::mount)
                    .flatMap(Optional::stream)
                    .filter(mount -> mount.controllers().contains(controller))
                    .map(mount -> mount.resolve(own.get()))
                    .filter(Files::isDirectory)
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Reads a line such as {@code 31 23 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw}. */
    private static Optional<Mount> mount(String line) {
        String[] halves = line.split(" - ", 2);
        String[] where = halves[0].split(" ", -1);
        String[] what = halves[1].split(" ", -1);
        return switch (what[0]) {
            case "cgroup2" -> Optional.of(new Mount(where[3], Path.of(where[4]), List.of("")));
            case "cgroup" -> Optional.of(new Mount(where[3], Path.of(where[4]), List.of(what[2].split(",", -1))));
            default -> Optional.empty();
        };
    }

    /** @param root which group of the hierarchy is seen at the mount's place */
    private record Mount(String root, Path place, List<String> controllers) {

        /** The folder of a group; the place itself when the group lies outside of what is mounted. */
        Path resolve(String group) {
            Path relative = Path.of(root).relativize(Path.of(group));
            return relative.startsWith("..") ? place : place.resolve(relative.toString());
        }
    }
}
