package io.yardmaster.executors.process;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * The processes of one attempt without its shim and relays, found by all that marks them: the control group, the session
 * and process group of the shim, the token in the environment, and descent from a process found so.
 */
final class ProcessTree {

    static final String TOKEN_VARIABLE = "YM_ATTEMPT_TOKEN";

    private static final long PAUSE_NANOS = 2_000_000;

    private final AttemptFolder folder;
    private final String token;
    private final Optional<Cgroup> cgroup;
    private final boolean sessionIsOurs;
    private final Set<Long> seen = ConcurrentHashMap.newKeySet();
    private final boolean ofThisBoot;
    private final long birth;
    private volatile Shim shim;

    /**
     * @param startedHere whether this server started the shim, or else is to find out whether it is alive. The id of a dead
     *     one may long be another's, and so the session and group of that id
     */
    ProcessTree(AttemptFolder folder, Shim shim, boolean startedHere) {
        this.folder = folder;
        this.shim = shim;
        this.token = folder.token().orElse("");
        this.cgroup = folder.cgroup();
        this.ofThisBoot = folder.isOfThisBoot();
        Optional<ProcessEntry> alive = livingShim();
        this.birth = alive.map(ProcessEntry::startTime).orElse(0L);
        this.sessionIsOurs = startedHere || alive.isPresent();
    }

    /**
     * Whether anything is left after the program ended. Nothing gets out of a control group by itself, so where there is
     * one no look at the process table is needed.
     */
    boolean hasLeftovers() {
        boolean caged = cgroup.isPresent() && !folder.isUncaged();
        return caged ? !cgroup.get().processes().isEmpty() : !members().isEmpty();
    }

    boolean isEmpty() {
        return (cgroup.isEmpty() || cgroup.get().processes().isEmpty())
                && members().isEmpty();
    }

    void terminate() {
        List<ProcessEntry> members = members();
        boolean group = shimIsAlive();
        if (group) {
            // In one call, so that nobody in the group is missed by forking meanwhile. The shim and its relays stay.
            Posix.signalGroup(shim.pid(), Posix.SIGTERM);
        }
        members.stream()
                .filter(member -> !group || member.group() != shim.pid())
                .forEach(member -> Posix.signal(member.pid(), Posix.SIGTERM));
    }

    void kill() {
        List<ProcessEntry> members = members();
        cgroup.ifPresent(Cgroup::kill);
        members.forEach(member -> Posix.signal(member.pid(), Posix.SIGKILL));
    }

    /** Ends all of it at once, the shim first, so that it leaves no exit code of a program that was killed here. */
    void destroy() {
        killShim();
        while (!isEmpty()) {
            kill();
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        reap();
    }

    /** Whether a shim of this id is there, told without a look at the process table. */
    boolean shimMayBeAlive() {
        var _ = Posix.reap(shim.pid());
        return Posix.exists(shim.pid());
    }

    boolean shimIsAlive() {
        return livingShim().isPresent();
    }

    boolean isOfThisBoot() {
        return ofThisBoot;
    }

    /** Whether output may still be on its way to the files. */
    boolean shimOrRelayIsAlive() {
        return shimIsAlive() || !livingRelays().isEmpty();
    }

    /** Ends the shim and its relays too. */
    void killShim() {
        livingShim().ifPresent(entry -> Posix.signal(entry.pid(), Posix.SIGKILL));
        livingRelays().forEach(relay -> Posix.signal(relay.pid(), Posix.SIGKILL));
    }

    private Optional<ProcessEntry> livingShim() {
        return ofThisBoot
                ? ProcessEntry.of(shim.pid()).filter(entry -> !entry.zombie() && entry.wasGiven(token))
                : Optional.empty();
    }

    private List<ProcessEntry> livingRelays() {
        refresh();
        if (!ofThisBoot) {
            return List.of();
        }
        return shim.relays().stream()
                .flatMap(pid -> ProcessEntry.of(pid).stream())
                .filter(relay -> relay.session() == shim.pid() && !relay.zombie())
                .toList();
    }

    /** The relays are written down a moment after the shim itself. */
    private void refresh() {
        if (shim.relays().isEmpty()) {
            shim = folder.shim().orElse(shim);
        }
    }

    /** Takes the exit status of what ended as a child of this server: the shim, and all else where it is process 1. */
    void reap() {
        var _ = Posix.reap(shim.pid());
        if (ProcessHandle.current().pid() == 1) {
            shim.relays().forEach(Posix::reap);
            seen.forEach(Posix::reap);
        }
    }

    private List<ProcessEntry> members() {
        refresh();
        if (!ofThisBoot) {
            return List.of();
        }
        Set<Long> caged = cgroup.map(group -> Set.copyOf(group.processes())).orElse(Set.of());
        // Nobody is older than the shim.
        List<ProcessEntry> candidates = ProcessEntry.all().stream()
                .filter(entry -> !entry.zombie() && entry.startTime() >= birth && entry.pid() > 1)
                .filter(entry -> !shim.isOneOfThese(entry.pid()))
                .toList();
        Map<Long, ProcessEntry> members = new LinkedHashMap<>();
        for (ProcessEntry candidate : candidates) {
            if (caged.contains(candidate.pid()) || isMarked(candidate)) {
                members.put(candidate.pid(), candidate);
            }
        }
        addDescendants(members, candidates);
        seen.addAll(members.keySet());
        return List.copyOf(members.values());
    }

    private static void addDescendants(Map<Long, ProcessEntry> members, List<ProcessEntry> candidates) {
        int before;
        do {
            before = members.size();
            for (ProcessEntry candidate : candidates) {
                if (members.containsKey(candidate.parent())) {
                    members.putIfAbsent(candidate.pid(), candidate);
                }
            }
        } while (members.size() > before);
    }

    private boolean isMarked(ProcessEntry entry) {
        if (sessionIsOurs
                && (entry.session() == shim.pid() || entry.group() == shim.pid() || entry.parent() == shim.pid())) {
            return true;
        }
        return !token.isEmpty() && entry.startedWith(TOKEN_VARIABLE + "=" + token);
    }
}
