package io.yardmaster.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.springframework.util.FileSystemUtils;

/**
 * The database of a server that starts for the first time, with all migrations, which are a good part of what such a
 * server does. It is made once a day for the migrations as they are, and copied from then on. The
 * {@linkplain TestServer#shared() shared} server makes its own, as one of a user does.
 */
final class NewDatabase {

    private static final Path PROGRAMS = Path.of("target/postgres-programs");

    /** What a running PostgreSQL keeps beside its data. */
    private static final List<String> OF_A_PROCESS = List.of("epg-lock", "postmaster.pid", "postmaster.opts");

    private NewDatabase() {}

    /** Puts it where an embedded PostgreSQL has its data, if nothing is there yet. */
    static void into(Path data) {
        try {
            if (Files.notExists(data)) {
                Files.createDirectories(data.getParent());
                copy(original(), data);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static synchronized Path original() throws IOException {
        Path original = Path.of("target/new-database-" + LocalDate.now(ZoneOffset.UTC) + "-" + migrations());
        if (Files.notExists(original)) {
            Path making = Files.createTempDirectory(
                    Files.createDirectories(Path.of("target").toAbsolutePath()), "new-");
            make(making.resolve("data"));
            try {
                Files.move(making.resolve("data"), original, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileAlreadyExistsException | DirectoryNotEmptyException | AtomicMoveNotSupportedException e) {
                // Tests in another virtual machine were quicker.
            }
            FileSystemUtils.deleteRecursively(making);
        }
        return original;
    }

    private static void make(Path data) throws IOException {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                        .setDataDirectory(data.toFile())
                        .setCleanDataDirectory(false)
                        .setOverrideWorkingDirectory(PROGRAMS.toAbsolutePath().toFile())
                        .setServerConfig("listen_addresses", "127.0.0.1")
                        .setPGStartupWait(Duration.ofSeconds(60))
                        .start();
                Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE yardmaster LOGIN");
            statement.execute("CREATE DATABASE yardmaster OWNER yardmaster");
            Flyway.configure()
                    .dataSource(postgres.getJdbcUrl("yardmaster", "yardmaster"), "yardmaster", "")
                    .load()
                    .migrate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String migrations() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("db/migration"))) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files.sorted().toList()) {
                digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
                digest.update(Files.readAllBytes(file));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                if (!OF_A_PROCESS.contains(file.getFileName().toString())) {
                    Files.copy(file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }
}
