import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the processors have spent on a process, from {@code /proc}. */
final class Processor {

    private static final double TICKS_PER_SECOND = 100;

    private Processor() {}

    /** Seconds spent on a process, without its children. */
    static double of(long pid) {
        return ticks(pid, false) / TICKS_PER_SECOND;
    }

    /** Seconds spent on a process, its children, and those that have ended. */
    static double ofTree(long pid) {
        Stream<ProcessHandle> living = ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants);
        return (ticks(pid, true)
                        + living.mapToLong(one -> ticks(one.pid(), true)).sum())
                / TICKS_PER_SECOND;
    }

    /** The most memory that a process has had, in KiB. */
    static long peakMemory(long pid) {
        return status(pid, "VmHWM:");
    }

    /** The memory that a process has, in KiB. */
    static long memory(long pid) {
        return status(pid, "VmRSS:");
    }

    private static long ticks(long pid, boolean withEndedChildren) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            long own = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
            return withEndedChildren ? own + Long.parseLong(fields[13]) + Long.parseLong(fields[14]) : own;
        } catch (IOException e) {
            return 0;
        }
    }

    private static long status(long pid, String name) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
            return lines.filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
