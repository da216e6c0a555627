package chaos;

import database.Asked;
import database.Started;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The one PostgreSQL of all servers, to be stopped, frozen and started again; its port stays the same. */
final class Database implements Asked, AutoCloseable {

    static final String ROLE = Started.ROLE;

    private final Started started;
    private final List<String> command;
    private ProcessHandle postmaster;
    private boolean frozen;

    private Database(Started started) throws IOException {
        this.started = started;
        this.command = command(started.pid());
        this.postmaster = ProcessHandle.of(started.pid()).orElseThrow();
    }

    static Database start(Path folder) throws Exception {
        return new Database(Started.from(EmbeddedPostgres.builder()
                // Unpacking the programs takes long; the data is new each time.
                .setOverrideWorkingDirectory(
                        Path.of("target", "bench", "postgres").toAbsolutePath().toFile())
                .setDataDirectory(folder.resolve("data").toFile())
                .setServerConfig("max_connections", "300")));
    }

    /** The URL for a server, under whose name the database knows what it does. */
    String url(String name) {
        return started.url() + "?ApplicationName=" + name;
    }

    @Override
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url("chaos"), "postgres", "");
    }

    /** Ends it without letting it tidy up, as {@code pg_ctl stop -m immediate} does. */
    void stopAtOnce() throws Exception {
        Processes.signal("QUIT", List.of(postmaster.pid()));
        postmaster.onExit().get(30, TimeUnit.SECONDS);
    }

    /** Starts it again, and returns when it answers. */
    void startAgain() throws Exception {
        postmaster = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        started.data().resolve("restarted.log").toFile()))
                .start()
                .toHandle();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try {
                ask("SELECT 1");
                return;
            } catch (SQLException e) {
                if (System.nanoTime() > end) {
                    throw new IllegalStateException(
                            "PostgreSQL does not come back:\n"
                                    + Files.readString(started.data().resolve("restarted.log")),
                            e);
                }
                Thread.sleep(50);
            }
        }
    }

    /** Ends all connections of the servers; answers how many. */
    long cut() throws SQLException {
        return ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '" + ROLE + "'");
    }

    void freeze() {
        frozen = true;
        // The one who starts others first.
        Processes.signal("STOP", List.of(postmaster.pid()));
        Processes.signal("STOP", processes());
    }

    void thaw() {
        frozen = false;
        Processes.signal("CONT", processes());
    }

    @Override
    public void close() {
        if (frozen) {
            thaw();
        }
        Processes.signal("QUIT", List.of(postmaster.pid()));
        try {
            postmaster.onExit().get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            Processes.signal("KILL", processes());
        }
        try {
            started.postgres().close();
        } catch (IOException | RuntimeException e) {
            // It has ended already.
        }
    }

    private List<Long> processes() {
        return Stream.concat(Stream.of(postmaster), postmaster.descendants())
                .map(ProcessHandle::pid)
                .toList();
    }

    private static List<String> command(long pid) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Files.readString(Path.of("/proc/" + pid + "/cmdline")).split("\0")));
        if (System.getProperty("user.name").equals("root")) {
            // PostgreSQL refuses to be started by root, and takes a user without a name for another one.
            command.addAll(0, List.of("unshare", "-U"));
        }
        return List.copyOf(command);
    }
}
