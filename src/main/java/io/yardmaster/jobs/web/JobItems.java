package io.yardmaster.jobs.web;

import io.yardmaster.contract.JobItemDto;
import io.yardmaster.jobs.Job;

/** A job of the catalogue as lists and exports show it. */
public final class JobItems {

    private JobItems() {}

    /** The job in the contract's words. */
    public static JobItemDto of(Job job) {
        return new JobItemDto()
                .id(job.id().value())
                .name(job.id().name())
                .namespace(job.id().namespace().orElse(null))
                .title(job.title())
                .version(job.version())
                .description(job.description())
                .source(job.source())
                .labels(job.labels())
                .executor(job.executor())
                .runnable(job.runnable());
    }
}
