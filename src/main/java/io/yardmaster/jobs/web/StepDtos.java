package io.yardmaster.jobs.web;

import io.yardmaster.contract.ApprovalTermsDto;
import io.yardmaster.contract.CalledJobDto;
import io.yardmaster.contract.ConcurrencyDto;
import io.yardmaster.contract.JobStepDto;
import io.yardmaster.contract.OnConflictDto;
import io.yardmaster.contract.OnExpiryDto;
import io.yardmaster.contract.PlanApprovalDto;
import io.yardmaster.contract.PlanStepDto;
import io.yardmaster.contract.SecurityProfileDto;
import io.yardmaster.contract.StepInstanceDto;
import io.yardmaster.contract.StepMatrixDto;
import io.yardmaster.contract.StepRetryDto;
import io.yardmaster.contract.TimeoutsDto;
import io.yardmaster.jobs.ApprovalTerms;
import io.yardmaster.jobs.Concurrency;
import io.yardmaster.jobs.ConcurrencyKey;
import io.yardmaster.jobs.Durations;
import io.yardmaster.jobs.ExpressionException;
import io.yardmaster.jobs.ExpressionScope;
import io.yardmaster.jobs.OnConflict;
import io.yardmaster.jobs.OutputSchema;
import io.yardmaster.jobs.Plan;
import io.yardmaster.jobs.RetryMatch;
import io.yardmaster.jobs.RetryPolicy;
import io.yardmaster.jobs.SecurityProfile;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.jobs.Template;
import io.yardmaster.jobs.Timeouts;
import io.yardmaster.jobs.UpdateTerms;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What jobs and plans say alike, as the contract has it. */
final class StepDtos {

    private StepDtos() {}

    static @Nullable ConcurrencyDto concurrency(@Nullable Concurrency concurrency) {
        return concurrency == null
                ? null
                : concurrency(concurrency.key().source().asString(), concurrency.limit(), concurrency.onConflict());
    }

    static @Nullable ConcurrencyDto concurrency(@Nullable ConcurrencyKey key) {
        return key == null ? null : concurrency(key.key(), key.limit(), key.onConflict());
    }

    private static ConcurrencyDto concurrency(String key, int limit, OnConflict onConflict) {
        return new ConcurrencyDto().key(key).limit(limit).onConflict(OnConflictDto.fromValue(onConflict.label()));
    }

    static JobStepDto ofJob(StepDefinition declared) {
        StepDefinition step = once(declared);
        return new JobStepDto()
                .matrix(matrix(declared))
                .job(
                        step instanceof StepDefinition.ChildRun child
                                ? new CalledJobDto()
                                        .jobId(child.job().value())
                                        .source(child.source())
                                        .onFailure(child.onFailure().label())
                                : null)
                .stepId(step.id())
                .type(step.type())
                .needs(step.needs())
                .when(step.when() == null ? null : step.when().text())
                .executor(executor(step))
                .timeout(step instanceof StepDefinition.Run run ? duration(run.timeout()) : null)
                .retry(retry(step))
                .outputs(step instanceof StepDefinition.Run run ? outputs(run.outputs()) : null)
                .updates(step instanceof StepDefinition.Run run ? updates(run.updates()) : null)
                .secrets(
                        step instanceof StepDefinition.Run run && run.secrets() != null
                                ? List.copyOf(run.secrets())
                                : null)
                .approval(step instanceof StepDefinition.Approval gate ? terms(gate.terms()) : null);
    }

    private static @Nullable ObjectNode updates(Map<String, UpdateTerms> updates) {
        if (updates.isEmpty()) {
            return null;
        }
        ObjectNode shown = JsonNodeFactory.instance.objectNode();
        updates.forEach((name, terms) -> shown.set(
                name,
                terms.schema() == null ? shown.objectNode() : terms.schema().schema()));
        return shown;
    }

    private static ApprovalTermsDto terms(ApprovalTerms terms) {
        return new ApprovalTermsDto()
                .title(terms.title().source().asString())
                .description(
                        terms.description() == null
                                ? null
                                : terms.description().source().asString())
                .required(terms.required())
                .groups(terms.groups())
                .allowSelf(terms.allowSelf())
                .denyQuorum(terms.denyQuorum())
                .expiresIn(duration(terms.expiresIn()))
                .onExpiry(
                        terms.expiresIn() == null
                                ? null
                                : OnExpiryDto.fromValue(terms.onExpiry().label()))
                .remindEvery(duration(terms.remindEvery()))
                .form(terms.form() == null ? null : terms.form().schema());
    }

    /** The gates of a plan. A question that depends on what steps will find out is shown as it is written. */
    static List<PlanApprovalDto> approvals(List<StepDefinition> steps, ObjectNode args) {
        return steps.stream()
                .filter(StepDefinition.Approval.class::isInstance)
                .map(StepDefinition.Approval.class::cast)
                .map(gate -> new PlanApprovalDto()
                        .stepId(gate.id())
                        .title(question(gate.terms().title(), args))
                        .required(gate.terms().required())
                        .groups(gate.terms().groups()))
                .toList();
    }

    private static String question(Template title, ObjectNode args) {
        try {
            return title.expandText(new ExpressionScope(args, Map.of(), new ExpressionScope.RunView("", "", "")));
        } catch (ExpressionException e) {
            return title.source().asString();
        }
    }

    /** The step as it is written, also where it is run several times. */
    private static StepDefinition once(StepDefinition step) {
        return step instanceof StepDefinition.Repeated repeated ? repeated.each() : step;
    }

    private static @Nullable StepMatrixDto matrix(StepDefinition step) {
        if (!(step instanceof StepDefinition.Repeated repeated)) {
            return null;
        }
        return new StepMatrixDto()
                .maxParallel(repeated.matrix().maxParallel())
                .failFast(repeated.matrix().failFast())
                .instances(repeated.instances().stream()
                        .map(one -> new StepInstanceDto()
                                .stepId(one.id())
                                .matrix(Objects.requireNonNull(one.instance()).values()))
                        .toList());
    }

    static PlanStepDto ofPlan(StepDefinition declared, Plan plan) {
        Timeouts timeouts = plan.timeouts();
        StepDefinition step = once(declared);
        Duration own = step instanceof StepDefinition.Run run ? run.timeout() : null;
        Duration timeout = own == null && step instanceof StepDefinition.Run ? timeouts.step() : own;
        return new PlanStepDto()
                .matrix(matrix(declared))
                .job(step instanceof StepDefinition.ChildRun child ? called(child, plan) : null)
                .stepId(step.id())
                .type(step.type())
                .needs(step.needs())
                .when(step.when() == null ? null : step.when().text())
                .executor(executor(step))
                .timeout(duration(timeout))
                .retry(retry(step));
    }

    private static CalledJobDto called(StepDefinition.ChildRun step, Plan plan) {
        String source = step.sourceOr(plan.version().source());
        return new CalledJobDto()
                .jobId(step.job().value())
                .source(source)
                .jobDigest(plan.calledJobs().stream()
                        .filter(job ->
                                job.jobId().equals(step.job()) && job.source().equals(source))
                        .map(job -> job.digest().toString())
                        .findFirst()
                        .orElse(null))
                .onFailure(step.onFailure().label());
    }

    static @Nullable TimeoutsDto timeouts(Timeouts timeouts) {
        return timeouts.equals(Timeouts.NONE)
                ? null
                : new TimeoutsDto()
                        .run(duration(timeouts.run()))
                        .step(duration(timeouts.step()))
                        .queue(duration(timeouts.queue()))
                        .deadline(duration(timeouts.deadline()));
    }

    /** The contract's pattern has let only durations pass. */
    static Timeouts timeouts(@Nullable TimeoutsDto timeouts) {
        return timeouts == null
                ? Timeouts.NONE
                : new Timeouts(
                        duration(timeouts.getRun()),
                        duration(timeouts.getStep()),
                        duration(timeouts.getQueue()),
                        duration(timeouts.getDeadline()));
    }

    static @Nullable SecurityProfileDto securityProfile(@Nullable SecurityProfile profile) {
        return profile == null ? null : SecurityProfileDto.fromValue(profile.label());
    }

    private static @Nullable String executor(StepDefinition step) {
        return switch (step) {
            case StepDefinition.Run run -> run.executor().label();
            case StepDefinition.Unsupported other ->
                other.type().equals("run") ? other.executor().label() : null;
            case StepDefinition.Repeated repeated -> executor(repeated.each());
            case StepDefinition.Eval _,
                    StepDefinition.Sleep _,
                    StepDefinition.Approval _,
                    StepDefinition.Signal _,
                    StepDefinition.ChildRun _ -> null;
        };
    }

    private static @Nullable StepRetryDto retry(StepDefinition step) {
        RetryPolicy retry = step instanceof StepDefinition.Run run
                ? run.retry()
                : step instanceof StepDefinition.ChildRun child ? child.retry() : RetryPolicy.NEVER;
        if (retry.equals(RetryPolicy.NEVER)) {
            return null;
        }
        return new StepRetryDto()
                .attempts(retry.attempts())
                .backoff(duration(retry.backoff()))
                .factor(retry.factor())
                .max(duration(retry.max()))
                .jitter(retry.jitter())
                .match(retry.match().stream().map(RetryMatch::label).toList());
    }

    private static @Nullable ObjectNode outputs(Map<String, OutputSchema> outputs) {
        if (outputs.isEmpty()) {
            return null;
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        outputs.forEach((name, output) -> json.set(name, output.schema()));
        return json;
    }

    private static @Nullable String duration(@Nullable Duration duration) {
        return duration == null ? null : Durations.format(duration);
    }

    private static @Nullable Duration duration(@Nullable String text) {
        return text == null ? null : Durations.parse(text).orElse(Durations.MAX);
    }
}
