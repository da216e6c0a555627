package io.yardmaster.executors;

import io.yardmaster.kernel.OutputStreamName;
import java.util.List;
import java.util.Map;

/** One way of running attempts: as processes of this host, in containers, and so on. */
public interface Executor {

    /** The name jobs choose it by, such as {@code proc}. */
    String name();

    /** Whether attempts for this interpreter can run here: PowerShell, for one, is not installed everywhere. */
    boolean available(Interpreter interpreter);

    /**
     * Creates the attempt and starts it. The attempt's folder is made exclusively before anything else, so that an
     * attempt starts at most once, whatever crashes or is asked twice. Returns at once; a start that fails is the
     * outcome {@link Outcome.NotStarted}.
     *
     * @throws AttemptExistsException when the attempt was created before, by this server or an earlier one
     */
    Execution start(Assignment assignment, Console console);

    /**
     * Takes up an attempt that was created before, usually by an earlier server of this host. An attempt that has not
     * begun by now never will: its outcome is {@link Outcome.NotStarted}. When this executor still follows the
     * attempt, it {@linkplain Execution#letGo() lets go} of it first.
     *
     * @param offsets the last offset of each stream that was {@linkplain Console#write written}; a stream that is
     *     missing is read from its beginning
     */
    Execution adopt(Assignment assignment, Console console, Map<OutputStreamName, Long> offsets);

    /** The attempts of a run that ended by themselves here, whether anybody has heard of it or not. */
    List<EndedAttempt> ended(RunFolder folder);

    /**
     * Ends everything of a run that is left on this host, at once, and sees to it that nothing of it begins any more: the
     * run goes on elsewhere. Returns when nothing is alive.
     */
    void clear(RunFolder folder);
}
