package io.yardmaster.jobs;

/** A job with its current version and what that says. */
public record JobDetail(Job job, JobVersion version, JobDefinition definition) {}
