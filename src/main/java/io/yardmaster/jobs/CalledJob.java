package io.yardmaster.jobs;

import io.yardmaster.kernel.Sha256;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * A job that steps of another one run, in the version that they will run.
 *
 * @param source where it is
 */
public record CalledJob(String source, JobId jobId, Sha256 digest) {

    /** As it is stored; null where there are none. */
    public static @Nullable ArrayNode json(List<CalledJob> jobs) {
        if (jobs.isEmpty()) {
            return null;
        }
        ArrayNode json = JsonNodeFactory.instance.arrayNode();
        jobs.forEach(job -> json.addObject()
                .put("source", job.source())
                .put("job_id", job.jobId().value())
                .put("job_digest", job.digest().toString()));
        return json;
    }

    /** Reads what {@link #json} wrote. */
    public static List<CalledJob> read(@Nullable JsonNode json) {
        List<CalledJob> jobs = new ArrayList<>();
        if (json != null) {
            json.forEach(job -> jobs.add(new CalledJob(
                    job.path("source").asString(),
                    new JobId(job.path("job_id").asString()),
                    Sha256.parse(job.path("job_digest").asString()))));
        }
        return jobs;
    }
}
