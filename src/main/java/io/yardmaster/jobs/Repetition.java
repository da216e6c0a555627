package io.yardmaster.jobs;

import io.yardmaster.kernel.Sha256;
import io.yardmaster.problems.JsonPointers;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A run that is to be repeated.
 *
 * @param source where its job was
 * @param digest the version that ran
 * @param pinned whether that version is run again; otherwise the job as it is now
 * @param args what it ran with, with a mask in the place of each secret: those were deleted when it ended
 * @param given arguments that replace those of the same name
 * @param timeouts what it ran with
 * @param calledJobs in which versions it was bound to run other jobs
 * @param securityProfile what it ran with; it can only become stricter
 */
public record Repetition(
        JobId jobId,
        String source,
        Sha256 digest,
        boolean pinned,
        ObjectNode args,
        ObjectNode given,
        Timeouts timeouts,
        List<CalledJob> calledJobs,
        @Nullable SecurityProfile securityProfile) {

    /**
     * The same as a request of its own.
     *
     * @param ran what the version says that ran
     * @param now what the version says that will run
     * @throws ProblemException {@code validation-error} where a secret argument is not given again
     */
    PlanRequest request(JobDefinition ran, JobDefinition now) {
        Set<String> wasSecret = ran.arguments().secrets();
        ObjectNode all = args.deepCopy();
        if (!now.arguments().isOpen()) {
            all.retain(now.arguments().names());
        }
        List<Fault> missing = all.propertyNames().stream()
                .filter(name -> wasSecret.contains(name) && !given.has(name))
                .sorted()
                .map(name -> new Fault(
                        "/args/" + JsonPointers.token(name),
                        "The secret argument '" + name
                                + "' was deleted when the run ended. Give it again, as a member of args.",
                        "secret-needed"))
                .toList();
        if (!missing.isEmpty()) {
            throw ProblemException.validation(missing);
        }
        all.setAll(given);
        // What a caller shortened stays short; what was the job's own follows the job.
        return new PlanRequest(jobId, source, all, timeouts.unlike(ran.timeouts()), securityProfile);
    }
}
