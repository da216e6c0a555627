package io.yardmaster.executors.process;

import io.yardmaster.executors.Assignment;
import io.yardmaster.executors.AttemptExistsException;
import io.yardmaster.executors.Console;
import io.yardmaster.executors.EndedAttempt;
import io.yardmaster.executors.Execution;
import io.yardmaster.executors.Executor;
import io.yardmaster.executors.Interpreter;
import io.yardmaster.executors.RunFolder;
import io.yardmaster.kernel.OutputStreamName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.util.function.SingletonSupplier;

/**
 * Runs attempts as processes of this host. Each has a shim, which outlives this server and writes output and exit code to
 * the attempt's folder; here those folders are watched. An attempt that prints nothing holds no thread and no file.
 */
public final class ProcessExecutor implements Executor, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ProcessExecutor.class);

    /** Readers wait for the console, that is for the database, so there may be more of them than processors. */
    private static final int READERS = 64;
    /** Starting a process is mostly waiting for the system. */
    private static final int LAUNCHERS = 4;

    private static final long SWEEP_MILLIS = 1_000;

    private final ShimLauncher shims;
    private final Warden warden;
    private final Cgroups cgroups;
    private final FolderWatch watch;
    private final ExecutorService readers = threads("attempt-read-", READERS);
    private final ExecutorService launchers = threads("attempt-launch-", LAUNCHERS);
    private final ScheduledExecutorService sweeper = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("attempt-sweep").daemon().factory());
    private final Map<Path, ProcessExecution> followed = new ConcurrentHashMap<>();

    /**
     * Creates the executor of a host.
     *
     * @param dataDirectory is the host
     * @param lease says whether attempts may start
     */
    public ProcessExecutor(Path dataDirectory, HostLease lease) {
        this(
                dataDirectory,
                lease,
                Cgroups.find(dataDirectory.toAbsolutePath()),
                SingletonSupplier.of(NativeSpawn::find));
    }

    ProcessExecutor(Path dataDirectory, HostLease lease, Cgroups cgroups, Supplier<Optional<NativeSpawn>> spawn) {
        Path data = dataDirectory.toAbsolutePath();
        Launcher launcher = new Launcher(spawn);
        this.shims = new ShimLauncher(data.resolve("shim"), lease, launcher);
        this.warden = new Warden(data.resolve("shim"), data.resolve("runs"), lease, launcher);
        this.cgroups = cgroups;
        // Takes a while, and neither the server's start nor its first attempt should.
        launchers.execute(() -> {
            var _ = spawn.get();
        });
        Set<String> signs = Set.of(AttemptFolder.STARTED, AttemptFolder.OUT, AttemptFolder.ERR, AttemptFolder.EXIT);
        this.watch = new FolderWatch(name -> signs.contains(name) || UpdateSpool.isAnswer(name));
        var _ = sweeper.scheduleWithFixedDelay(
                () -> followed.values().forEach(ProcessExecution::sweep),
                SWEEP_MILLIS,
                SWEEP_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    @Override
    public String name() {
        return "proc";
    }

    @Override
    public boolean available(Interpreter interpreter) {
        return switch (interpreter) {
            case BASH -> ProgramSearch.find("bash").isPresent();
            case POWERSHELL -> ProgramSearch.find("pwsh").isPresent();
            case PYTHON -> ProgramSearch.find("python3").isPresent();
            case EXEC -> true;
        };
    }

    @Override
    public Execution start(Assignment assignment, Console console) {
        AttemptFolder folder = folder(assignment);
        if (!folder.create()) {
            throw new AttemptExistsException(assignment.stepId(), assignment.attempt());
        }
        ProcessExecution execution = follow(folder, true, assignment.takesUpdates(), console, Map.of());
        try {
            launchers.execute(aboutThis().apply(() -> execution.launch(() -> launch(assignment, folder))));
        } catch (RejectedExecutionException e) {
            execution.launch(() -> {
                throw new NotStartedException("The server is shutting down.");
            });
        }
        return execution;
    }

    @Override
    public Execution adopt(Assignment assignment, Console console, Map<OutputStreamName, Long> offsets) {
        AttemptFolder folder = folder(assignment);
        // Created here, an attempt that never was cannot be started by anyone else either.
        folder.create();
        ProcessExecution execution = follow(folder, false, assignment.takesUpdates(), console, offsets);
        Thread.ofVirtual().name("attempt-adopt").start(aboutThis().apply(execution::takeUp));
        return execution;
    }

    @Override
    public List<EndedAttempt> ended(RunFolder folder) {
        List<EndedAttempt> found = new ArrayList<>();
        for (Path root : folder.attempts()) {
            AttemptFolder attempt = new AttemptFolder(root);
            String name = root.getFileName().toString();
            int dot = name.lastIndexOf('.');
            attempt.exitCode()
                    .ifPresent(code -> found.add(new EndedAttempt(
                            name.substring(0, dot),
                            Integer.parseInt(name.substring(dot + 1)),
                            code,
                            attempt.endedAt())));
        }
        return found;
    }

    @Override
    public void clear(RunFolder folder) {
        for (Path root : folder.attempts()) {
            AttemptFolder attempt = new AttemptFolder(root.toAbsolutePath());
            ProcessExecution earlier = followed.get(attempt.root());
            if (earlier != null) {
                earlier.letGo();
            }
            if (!attempt.refuse()) {
                attempt.shim().ifPresent(shim -> new ProcessTree(attempt, shim, false).destroy());
            }
            attempt.cgroup().ifPresent(Cgroup::delete);
        }
    }

    /** Sees to it that this host's steps end by themselves when its lease is not renewed any more. */
    public void keepWarden() {
        warden.ensure();
    }

    /** Lets go of all attempts, which go on, and frees what this holds. */
    @Override
    public void close() {
        sweeper.shutdownNow();
        followed.values().forEach(ProcessExecution::letGo);
        watch.close();
        launchers.shutdown();
        readers.shutdown();
        cgroups.close();
    }

    private OptionalLong launch(Assignment assignment, AttemptFolder folder)
            throws NotStartedException, IOException, InterruptedException {
        StepProgram program = StepProgram.prepare(assignment, folder.files());
        String token = UUID.randomUUID().toString();
        Optional<Cgroup> cgroup = cgroups.create(token);
        folder.writeMarks(token, cgroup);
        Posix.makePipe(folder.outputPipe());
        Posix.makePipe(folder.errorPipe());
        return shims.launch(folder, assignment.folder().workspace(), token, cgroup, assignment.node(), program);
    }

    private ProcessExecution follow(
            AttemptFolder folder,
            boolean startedHere,
            boolean takesUpdates,
            Console console,
            Map<OutputStreamName, Long> offsets) {
        ProcessExecution earlier = followed.get(folder.root());
        if (earlier != null) {
            earlier.letGo();
        }
        UnaryOperator<Runnable> aboutThis = aboutThis();
        UpdateSpool updates = takesUpdates ? new UpdateSpool(folder.files().resolve(UpdateSpool.FOLDER)) : null;
        ProcessExecution execution = new ProcessExecution(
                folder, startedHere, console, offsets, updates, task -> readers.execute(aboutThis.apply(task)));
        followed.put(folder.root(), execution);
        List<FolderWatch.Watched> watched = new ArrayList<>(List.of(watch.add(folder.root(), execution::call)));
        if (updates != null) {
            watched.add(watchAnswers(updates, execution));
        }
        if (!watched.stream().allMatch(FolderWatch.Watched::atOnce)) {
            execution.notWatched();
        }
        var _ = execution.outcome().whenComplete((outcome, failure) -> {
            followed.remove(folder.root(), execution);
            watched.forEach(FolderWatch.Watched::close);
        });
        return execution;
    }

    private FolderWatch.Watched watchAnswers(UpdateSpool updates, ProcessExecution execution) {
        try {
            updates.create();
        } catch (IOException e) {
            log.warn("A step cannot be asked for updates: {}", e.getMessage());
        }
        return watch.add(updates.folder(), execution::call);
    }

    /** Has other threads log with what this one logs with: which run and step it is about. */
    private static UnaryOperator<Runnable> aboutThis() {
        Map<String, String> about = MDC.getCopyOfContextMap();
        return task -> () -> {
            if (about != null) {
                MDC.setContextMap(about);
            }
            try {
                task.run();
            } finally {
                MDC.clear();
            }
        };
    }

    private static AttemptFolder folder(Assignment assignment) {
        return new AttemptFolder(assignment
                .folder()
                .attempt(assignment.stepId(), assignment.attempt())
                .toAbsolutePath());
    }

    /** Threads that are made when there is work for them and end when there is none. */
    private static ExecutorService threads(String name, int most) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                most,
                most,
                5,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name(name, 0).daemon().factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
