package io.yardmaster.executors;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A small file written by a step, which may have put anything at its place: a link, a folder, a gigabyte. */
final class StepFile {

    static final int LIMIT = 1024 * 1024;

    private StepFile() {}

    /** The first bytes of the file, at most one more than {@link #LIMIT}; empty when there is none or nothing in it. */
    static Optional<byte[]> bytes(Path file, String variable, List<String> faults) {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            faults.add(variable + " is not an ordinary file any more.");
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = in.readNBytes(LIMIT + 1);
            return bytes.length == 0 ? Optional.empty() : Optional.of(bytes);
        } catch (IOException e) {
            faults.add(variable + " cannot be read.");
            return Optional.empty();
        }
    }

    /** The file's text, when it is UTF-8 without NUL characters and within the limit. */
    static Optional<String> text(Path file, String variable, List<String> faults) {
        Optional<byte[]> bytes = bytes(file, variable, faults);
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        if (bytes.get().length > LIMIT) {
            faults.add(variable + " is larger than 1 MiB.");
            return Optional.empty();
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.get()))
                    .toString();
            if (text.indexOf('\0') >= 0) {
                faults.add(variable + " holds a NUL character.");
                return Optional.empty();
            }
            return Optional.of(text);
        } catch (CharacterCodingException e) {
            faults.add(variable + " is not UTF-8 text.");
            return Optional.empty();
        }
    }
}
