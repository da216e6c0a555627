package io.yardmaster.jobs.web;

import io.yardmaster.contract.ConditionalGet;
import io.yardmaster.contract.DiagnosticSeverityDto;
import io.yardmaster.contract.JobDiagnosticDto;
import io.yardmaster.contract.JobDto;
import io.yardmaster.contract.JobPageDto;
import io.yardmaster.contract.JobVersionDto;
import io.yardmaster.contract.JobVersionListDto;
import io.yardmaster.contract.JobsApiDelegate;
import io.yardmaster.contract.NextPage;
import io.yardmaster.jobs.Job;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.JobDetail;
import io.yardmaster.jobs.JobDiagnostic;
import io.yardmaster.jobs.JobFilter;
import io.yardmaster.jobs.JobHistory;
import io.yardmaster.jobs.JobId;
import io.yardmaster.jobs.Jobs;
import io.yardmaster.jobs.Planner;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.Page;
import io.yardmaster.kernel.Shortened;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.security.CurrentActor;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

@Component
class JobsEndpoint implements JobsApiDelegate {

    private static final int MAX_DIAGNOSTICS = 1_000;
    private static final int LONGEST_DIAGNOSTIC = 4_096;
    private static final int MAX_REASONS = 100;
    private static final int LONGEST_REASON = 1_024;

    private final Jobs jobs;
    private final Planner planner;
    private final ConditionalGet conditional;
    private final CurrentActor currentActor;

    JobsEndpoint(Jobs jobs, Planner planner, ConditionalGet conditional, CurrentActor currentActor) {
        this.jobs = jobs;
        this.planner = planner;
        this.conditional = conditional;
        this.currentActor = currentActor;
    }

    @Override
    public ResponseEntity<JobPageDto> listJobs(
            @Nullable String source,
            @Nullable String namespace,
            @Nullable String q,
            Integer limit,
            @Nullable String pageToken) {
        Actor actor = currentActor.get();
        Page<Job> page = jobs.list(new JobFilter(source, namespace, q, limit, pageToken), actor);
        List<JobDiagnostic> diagnostics = jobs.diagnostics(source, namespace, actor);
        HttpHeaders headers = NextPage.link(page.nextToken());
        headers.set("X-Discovery-Errors", Integer.toString(diagnostics.size()));
        return conditional.answer(
                new JobPageDto()
                        .jobs(page.items().stream().map(JobItems::of).toList())
                        .nextPageToken(page.nextToken())
                        .diagnostics(diagnostics.stream()
                                .flatMap(folder -> folder.faults().stream()
                                        .map(fault -> diagnostic(
                                                folder.source(),
                                                folder.folder(),
                                                DiagnosticSeverityDto.ERROR,
                                                fault.toString())))
                                .limit(MAX_DIAGNOSTICS)
                                .toList()),
                headers);
    }

    @Override
    public ResponseEntity<JobDto> getJob(String name, @Nullable String source) {
        return job(id(name), source);
    }

    @Override
    public ResponseEntity<JobDto> getNamespacedJob(String namespace, String name, @Nullable String source) {
        return job(id(namespace + "/" + name), source);
    }

    @Override
    public ResponseEntity<JobVersionListDto> listJobVersions(String name, @Nullable String source, Integer limit) {
        return versions(id(name), source, limit);
    }

    @Override
    public ResponseEntity<JobVersionListDto> listNamespacedJobVersions(
            String namespace, String name, @Nullable String source, Integer limit) {
        return versions(id(namespace + "/" + name), source, limit);
    }

    private ResponseEntity<JobDto> job(JobId id, @Nullable String source) {
        Actor actor = currentActor.get();
        JobDetail detail = jobs.get(id, source, actor);
        List<String> notRunnable = planner.notRunnableReasons(detail, actor);
        JobDefinition definition = detail.definition();
        String folder =
                id.namespace().map(above -> above.replace('.', '/') + "/").orElse("") + id.name();
        JobDto body = new JobDto()
                .id(id.value())
                .name(id.name())
                .namespace(id.namespace().orElse(null))
                .title(definition.title())
                .version(definition.version())
                .description(definition.description())
                .source(detail.version().source())
                .digest(detail.version().digest().toString())
                .labels(definition.labels())
                .executor(definition.executor().label())
                .ulcProfile(definition.profile().label())
                .securityProfile(StepDtos.securityProfile(definition.securityProfile()))
                .args(definition.argspec())
                .timeouts(StepDtos.timeouts(definition.timeouts()))
                .concurrency(StepDtos.concurrency(definition.concurrency()))
                .steps(definition.steps().stream().map(StepDtos::ofJob).toList())
                .result(definition.result() == null ? null : definition.result().source())
                .runnable(notRunnable.isEmpty())
                .notRunnableReasons(notRunnable.stream()
                        .limit(MAX_REASONS)
                        .map(reason -> Shortened.to(LONGEST_REASON, reason))
                        .toList())
                .warnings(definition.warnings().stream()
                        .map(warning -> diagnostic(
                                detail.version().source(), folder, DiagnosticSeverityDto.WARNING, warning.toString()))
                        .toList());
        return conditional.answer(body);
    }

    private ResponseEntity<JobVersionListDto> versions(JobId id, @Nullable String source, int limit) {
        JobHistory history = jobs.versions(id, source, limit, currentActor.get());
        return ResponseEntity.ok(new JobVersionListDto()
                .versions(history.versions().stream()
                        .map(version -> new JobVersionDto()
                                .digest(version.digest().toString())
                                .source(version.source())
                                .firstSeenAt(version.seenAt())
                                .current(version.digest().equals(history.current())))
                        .toList()));
    }

    private static JobDiagnosticDto diagnostic(
            String source, String folder, DiagnosticSeverityDto severity, String message) {
        return new JobDiagnosticDto()
                .source(source)
                .path(folder)
                .severity(severity)
                .message(Shortened.to(LONGEST_DIAGNOSTIC, message));
    }

    private static JobId id(String text) {
        return JobId.parse(text)
                .orElseThrow(() -> ProblemException.of(
                        ProblemType.JOB_NOT_FOUND,
                        "There is no job " + text + ": no job can have this id. GET /api/v1/jobs lists the jobs."));
    }
}
