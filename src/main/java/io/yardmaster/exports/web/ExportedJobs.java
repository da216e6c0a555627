package io.yardmaster.exports.web;

import io.yardmaster.contract.ExportedJobLineDto;
import io.yardmaster.exports.ExportStreams.End;
import io.yardmaster.exports.ExportStreams.Export;
import io.yardmaster.exports.ExportStreams.Sink;
import io.yardmaster.jobs.Job;
import io.yardmaster.jobs.JobFilter;
import io.yardmaster.jobs.Jobs;
import io.yardmaster.jobs.web.JobItems;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.Page;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Jobs, by their ids. */
final class ExportedJobs implements Export {

    static final int A_PAGE = 200;

    private final Jobs jobs;
    private final JobFilter filter;
    private final Actor reader;
    private final JsonMapper mapper;
    private @Nullable Page<Job> first;

    ExportedJobs(Jobs jobs, JobFilter filter, Actor reader, JsonMapper mapper) {
        this.jobs = jobs;
        this.filter = filter;
        this.reader = reader;
        this.mapper = mapper;
    }

    /** Reads the first page, so that whoever asks for what there is not is told so instead of an answer. */
    void open() {
        try {
            first = jobs.list(filter, reader);
        } catch (ProblemException e) {
            if (filter.pageToken() != null && e.type() == ProblemType.VALIDATION_ERROR) {
                throw ProblemException.validation(
                        List.of(new Fault("cursor", "This is no cursor of an export of these jobs.", "cursor")));
            }
            throw e;
        }
    }

    @Override
    public End write(Sink sink) throws IOException {
        Page<Job> page = Objects.requireNonNull(first);
        String cursor = filter.pageToken() == null ? "" : filter.pageToken();
        long count = 0;
        while (true) {
            ByteArrayOutputStream lines = new ByteArrayOutputStream();
            for (Job job : page.items()) {
                cursor = jobs.after(filter, job);
                lines.writeBytes(mapper.writeValueAsBytes(
                        new ExportedJobLineDto().cursor(cursor).job(JobItems.of(job))));
                lines.write('\n');
                count++;
            }
            sink.write(lines.toByteArray());
            if (page.nextToken() == null) {
                return new End(cursor, count);
            }
            page = jobs.list(new JobFilter(filter.source(), null, null, A_PAGE, page.nextToken()), reader);
        }
    }
}
