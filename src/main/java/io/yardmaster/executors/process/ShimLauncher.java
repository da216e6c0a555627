package io.yardmaster.executors.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** Starts shims. */
final class ShimLauncher {

    private final Launcher launcher;
    private final HostLease lease;
    private final Path shim;
    private final String sh = Launcher.program("sh");
    private final String cat = Launcher.program("cat");

    /** Writes the shim into a folder. */
    ShimLauncher(Path folder, HostLease lease, Launcher launcher) {
        this.launcher = launcher;
        this.lease = lease;
        this.shim = HostScript.write("shim", folder);
    }

    /**
     * Launches a shim and returns when that is under way; whether it began is seen in the attempt's folder. Returns its
     * process id when it is a child of this server, which then has to {@linkplain Posix#reap reap} it.
     *
     * @param node under which the attempt was committed
     * @throws NotStartedException when the system refuses to start a process
     * @throws IOException when what was started could not detach itself
     */
    OptionalLong launch(
            AttemptFolder folder, Path workspace, String token, Optional<Cgroup> cgroup, UUID node, StepProgram program)
            throws NotStartedException, IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(sh, shim.toString(), folder.root().toString()));
        command.add(cgroup.map(group -> group.entrance().toString()).orElse("-"));
        command.addAll(List.of(token, cat));
        command.add(lease.file().map(Path::toString).orElse("-"));
        command.add(node.toString());
        command.addAll(program.command());
        return launcher.launch(command, program.environment(), workspace, folder.shimLog());
    }
}
