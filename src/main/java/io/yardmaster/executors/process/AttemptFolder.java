package io.yardmaster.executors.process;

import io.yardmaster.kernel.OutputStreamName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** The files of one attempt. What the step itself may write lies in a folder of its own beneath. */
record AttemptFolder(Path root) {

    static final String STARTED = "started";
    static final String OUT = "out";
    static final String ERR = "err";
    static final String EXIT = "exit";

    private static final String MARKS = "marks";
    private static final String REFUSED = "refused\n";

    /** Creates the folder exclusively. Returns whether it was not there before. */
    boolean create() {
        try {
            Files.createDirectories(root.getParent());
            Files.createDirectory(root);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("The attempt's folder cannot be created: " + e.getMessage(), e);
        }
    }

    Path output(OutputStreamName stream) {
        return switch (stream) {
            case STDOUT -> root.resolve(OUT);
            case STDERR -> root.resolve(ERR);
        };
    }

    Path outputPipe() {
        return root.resolve("out.pipe");
    }

    Path errorPipe() {
        return root.resolve("err.pipe");
    }

    /** What the shim and the launcher have to say. */
    Path shimLog() {
        return root.resolve("shim.log");
    }

    /** Where the step's own files lie. */
    Path files() {
        return root.resolve("files");
    }

    /** Keeps what a later server needs to find the processes of this attempt. */
    void writeMarks(String token, Optional<Cgroup> cgroup) throws IOException {
        Files.writeString(
                root.resolve(MARKS),
                token + "\n" + cgroup.map(group -> group.folder().toString()).orElse("") + "\n" + ProcessEntry.bootId()
                        + "\n");
    }

    /** The value of {@code YM_ATTEMPT_TOKEN} in the processes of this attempt; empty when none was started. */
    Optional<String> token() {
        return mark(0);
    }

    /** The control group made for this attempt. */
    Optional<Cgroup> cgroup() {
        return mark(1).map(path -> new Cgroup(Path.of(path)));
    }

    /** Whether the machine was not restarted since this attempt was made. */
    boolean isOfThisBoot() {
        return mark(2).filter(ProcessEntry.bootId()::equals).isPresent();
    }

    /** Whether the attempt could not enter its control group. */
    boolean isUncaged() {
        return Files.exists(root.resolve("uncaged"));
    }

    /** Whether the host's warden ended the attempt. */
    boolean wasOrphaned() {
        return Files.exists(root.resolve("orphaned"));
    }

    Optional<Shim> shim() {
        return read(STARTED).flatMap(Shim::parse);
    }

    boolean isRefused() {
        return read(STARTED).filter(REFUSED::equals).isPresent();
    }

    /**
     * Takes the place that a shim has to create before it starts anything, and so makes sure that none ever will.
     * Returns whether this attempt is refused now; false means that its shim was first.
     */
    boolean refuse() {
        try {
            Path fresh = Files.createTempFile(root, "refused", "");
            Files.writeString(fresh, REFUSED);
            try {
                Files.createLink(root.resolve(STARTED), fresh);
                return true;
            } catch (FileAlreadyExistsException e) {
                return isRefused();
            } finally {
                Files.delete(fresh);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The attempt cannot be refused: " + e.getMessage(), e);
        }
    }

    OptionalInt exitCode() {
        Optional<String> text = read(EXIT).filter(exit -> exit.endsWith("\n"));
        return text.isPresent() ? OptionalInt.of(Integer.parseInt(text.get().strip())) : OptionalInt.empty();
    }

    /** When the exit code was left; to be asked only where it was. */
    Instant endedAt() {
        try {
            return Files.getLastModifiedTime(root.resolve(EXIT)).toInstant();
        } catch (IOException e) {
            throw new UncheckedIOException("The attempt's folder cannot be read: " + e.getMessage(), e);
        }
    }

    void deletePipes() {
        try {
            Files.deleteIfExists(outputPipe());
            Files.deleteIfExists(errorPipe());
        } catch (IOException e) {
            // They go with the run's folder.
        }
    }

    private Optional<String> mark(int line) {
        return read(MARKS)
                .flatMap(marks -> marks.lines().skip(line).findFirst())
                .filter(mark -> !mark.isEmpty());
    }

    private Optional<String> read(String name) {
        try {
            return Optional.of(Files.readString(root.resolve(name)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("The attempt's folder cannot be read: " + e.getMessage(), e);
        }
    }
}
