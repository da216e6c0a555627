package io.yardmaster.security;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.proc.SecurityContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.text.ParseException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys in a file, read again when the file changes. Whether it did is looked up at most once a second, and at once when a
 * token names a key that is not in it. A file that is broken or gone leaves the keys as they were.
 */
final class FileKeys implements Keys {

    private static final Logger log = LoggerFactory.getLogger(FileKeys.class);
    private static final long LOOK_EVERY = TimeUnit.SECONDS.toNanos(1);

    private final Path file;
    private final ReentrantLock looking = new ReentrantLock();
    private volatile Content content;
    private volatile long lookedAt;
    private @Nullable String complaint;

    private FileKeys(Path file, Content content) {
        this.file = file;
        this.content = content;
        this.lookedAt = System.nanoTime();
    }

    /**
     * Reads the file.
     *
     * @throws StartRefusedException where it cannot be read or holds no key that can be used
     */
    static FileKeys open(String issuer, Path file) {
        try {
            return new FileKeys(file, read(file, 1));
        } catch (IOException | ParseException e) {
            throw new StartRefusedException(
                    "The keys of the issuer " + issuer + " cannot be read from " + file.toAbsolutePath() + ": "
                            + reason(e) + ".",
                    "Put the issuer's public keys there as a JSON Web Key Set ({\"keys\": [...]}), or let the jwks of"
                            + " this issuer in yardmaster.security.issuers name the right file or URL.",
                    e);
        }
    }

    @Override
    public List<JWK> get(JWKSelector selector, @Nullable SecurityContext ignored) {
        List<JWK> found = selector.select(current(false).keys());
        return found.isEmpty() ? selector.select(current(true).keys()) : found;
    }

    @Override
    public long version() {
        return current(false).version();
    }

    /** @param missed whether a key was looked for and not found: then even a file that looks the same is read again */
    private Content current(boolean missed) {
        boolean due = System.nanoTime() - lookedAt >= LOOK_EVERY;
        if (!due && !missed) {
            return content;
        }
        if (missed) {
            looking.lock();
        } else if (!looking.tryLock()) {
            return content;
        }
        try {
            if ((missed && due) || !Stamp.of(file).equals(content.stamp())) {
                content = read(file, content.version() + 1);
                log.info("Read {} keys from {}", content.keys().size(), file);
            }
            complaint = null;
        } catch (IOException | ParseException e) {
            complain(reason(e));
        } finally {
            lookedAt = System.nanoTime();
            looking.unlock();
        }
        return content;
    }

    /** Once per reason, not once per request. */
    private void complain(String reason) {
        if (!reason.equals(complaint)) {
            log.warn("The keys in {} cannot be read again, the earlier ones stay in use: {}", file, reason);
            complaint = reason;
        }
    }

    private static Content read(Path file, long version) throws IOException, ParseException {
        // The stamp first: a write after it is then seen as a change later on.
        Stamp stamp = Stamp.of(file);
        return new Content(PublicKeys.parse(Files.readString(file)), stamp, version);
    }

    private static String reason(Exception e) {
        return e instanceof NoSuchFileException ? "there is no such file" : String.valueOf(e.getMessage());
    }

    private record Content(JWKSet keys, Stamp stamp, long version) {}

    /** What changes when a file is written in place, replaced by another, or swapped behind a symbolic link. */
    private record Stamp(FileTime modified, long size, String fileKey) {

        static Stamp of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(attributes.lastModifiedTime(), attributes.size(), String.valueOf(attributes.fileKey()));
        }
    }
}
