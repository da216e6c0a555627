package io.yardmaster.executors.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.Objects;
import java.util.zip.CRC32;

/** Scripts that this server brings along. */
final class HostScript {

    private HostScript() {}

    /** The text of something that steps read. */
    static String text(String name) {
        try (InputStream source = Objects.requireNonNull(HostScript.class.getResourceAsStream(name))) {
            return new String(source.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("The script " + name + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Writes a script into a folder, beside those of other versions, which may be running. Returns the file. */
    static Path write(String name, Path folder) {
        try (InputStream source = Objects.requireNonNull(HostScript.class.getResourceAsStream(name + ".sh"))) {
            byte[] text = source.readAllBytes();
            CRC32 sum = new CRC32();
            sum.update(text);
            Files.createDirectories(folder);
            Path script = folder.resolve(name + "-" + HexFormat.of().toHexDigits((int) sum.getValue()) + ".sh");
            if (!Files.exists(script)) {
                Path fresh = Files.createTempFile(folder, name, ".new");
                Files.write(fresh, text);
                Files.move(fresh, script, StandardCopyOption.ATOMIC_MOVE);
            }
            return script;
        } catch (IOException e) {
            throw new UncheckedIOException("The script " + name + " cannot be written: " + e.getMessage(), e);
        }
    }
}
