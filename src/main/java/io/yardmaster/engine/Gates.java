package io.yardmaster.engine;

import com.github.f4b6a3.uuid.UuidCreator;
import io.yardmaster.approvals.Approvals;
import io.yardmaster.approvals.GateRequest;
import io.yardmaster.events.EventType;
import io.yardmaster.jobs.ApprovalTerms;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.ApprovalId;
import io.yardmaster.kernel.Shortened;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.GateClosing;
import io.yardmaster.runs.RunCommand;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.runs.StepState;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The gates of one run: asks people, reminds them, and acts on what they decide. */
final class Gates {

    /** What a step waits for that asks people. */
    static final String REASON = "approval";

    private static final int LONGEST_TITLE = 1_024;
    private static final int LONGEST_DESCRIPTION = 16_384;

    private final RunContext context;
    private final RunProgress progress;
    private final Approvals approvals;

    Gates(RunContext context, RunProgress progress, Approvals approvals) {
        this.context = context;
        this.progress = progress;
        this.approvals = approvals;
    }

    /**
     * Asks.
     *
     * @throws io.yardmaster.jobs.ExpressionException where the question has no value
     */
    void ask(StepDefinition.Approval step) {
        ApprovalTerms terms = step.terms();
        Instant now = progress.now();
        ApprovalId id = new ApprovalId(UuidCreator.getTimeOrderedEpoch());
        String title = shown(terms.title().expandText(progress.scope()), LONGEST_TITLE);
        String description = terms.description() == null
                ? null
                : shown(terms.description().expandText(progress.scope()), LONGEST_DESCRIPTION);
        Instant expiresAt = expiresAt(terms, now);
        progress.waitUntil(step, REASON, now, nextDue(terms, now, now));
        ObjectNode data = EventData.none().put("approval_id", id.toString()).put("title", title);
        data.put("required", terms.required());
        terms.groups().forEach(data.putArray("groups")::add);
        if (expiresAt != null) {
            data.put("expires_at", expiresAt.toString());
        }
        progress.changes().event(EventType.APPROVAL_REQUESTED, now, step.id(), data);
        GateRequest request =
                new GateRequest(id, tenant(), context.runId(), step.id(), title, description, terms, now, expiresAt);
        progress.changes().alongside(() -> approvals.request(request));
    }

    /** Somebody has voted. */
    void act(RunCommand.Vote vote) {
        Instant now = progress.now();
        progress.changes().event(EventType.APPROVAL_VOTED, now, vote.stepId(), vote.told());
        GateClosing closing = vote.closes();
        if (closing == null) {
            return;
        }
        boolean approved = closing.verdict() == GateClosing.Verdict.APPROVED;
        ObjectNode decided = EventData.none();
        decided.set("approval_id", vote.told().path("approval_id"));
        decided.put("status", approved ? "approved" : "denied");
        decided.set("approvals", vote.told().path("approvals"));
        decided.set("denials", vote.told().path("denials"));
        progress.changes().event(EventType.APPROVAL_DECIDED, now, vote.stepId(), decided);
        String note = vote.told().path("note").asString("");
        close(vote.stepId(), closing, "Denied by " + vote.actor() + (note.isEmpty() ? "." : ": " + note));
    }

    /** The time of a gate is over. */
    void act(RunCommand.Expiry expiry) {
        progress.changes().event(EventType.APPROVAL_EXPIRED, progress.now(), expiry.stepId(), expiry.told());
        close(expiry.stepId(), expiry.closes(), "");
    }

    private void close(String stepId, GateClosing closing, String denial) {
        if (progress.step(stepId).state() != StepState.WAITING) {
            // The run is ended, and its steps are over.
            return;
        }
        switch (closing.verdict()) {
            case APPROVED ->
                progress.succeed(stepId, (ObjectNode) context.mask().mask(closing.inputs()), null, null);
            case DENIED -> fail(stepId, Category.APPROVAL, "denied", denial);
            case DENIED_BY_EXPIRY ->
                fail(stepId, Category.APPROVAL, "denied-by-expiry", "Nobody decided in time, which means no.");
            case EXPIRED -> fail(stepId, Category.TIMEOUT, "expired", "Nobody decided in time.");
        }
    }

    private void fail(String stepId, Category category, String code, String message) {
        progress.fail(stepId, new Failure(category, code, message, false, stepId), null);
    }

    /**
     * Looks after the gates of which something is due: a reminder, or their end.
     *
     * @return whether something was put into the run's inbox
     */
    boolean lookAfter() {
        boolean decided = false;
        for (StepRecord step : progress.steps()) {
            if (isOpen(step) && progress.isPast(step.dueAt())) {
                decided |= due(step);
            }
        }
        return decided;
    }

    /** Whether a step waits for people. */
    static boolean isOpen(StepRecord step) {
        return step.state() == StepState.WAITING && REASON.equals(step.waitReason());
    }

    private boolean due(StepRecord step) {
        StepDefinition.Approval gate =
                (StepDefinition.Approval) context.job().step(step.stepId()).orElseThrow();
        Instant asked = Objects.requireNonNull(step.startedAt());
        if (progress.isPast(expiresAt(gate.terms(), asked))) {
            approvals.expire(tenant(), context.runId(), step.stepId());
            return true;
        }
        Instant next = nextDue(gate.terms(), asked, progress.now());
        ObjectNode data = EventData.none();
        approvals.of(tenant(), context.runId(), step.stepId()).ifPresent(id -> data.put("approval_id", id.toString()));
        progress.changes().event(EventType.APPROVAL_REMINDED, progress.now(), step.stepId(), data);
        progress.postpone(step.stepId(), next);
        return false;
    }

    /** Nobody needs to decide any more. */
    void withdraw() {
        Instant now = progress.now();
        progress.changes().alongside(() -> approvals.withdraw(context.runId(), now));
    }

    private static @Nullable Instant expiresAt(ApprovalTerms terms, Instant asked) {
        return terms.expiresIn() == null ? null : asked.plus(terms.expiresIn());
    }

    /** The next reminder, or the end; null: neither. */
    private static @Nullable Instant nextDue(ApprovalTerms terms, Instant asked, Instant now) {
        Duration every = terms.remindEvery();
        Instant reminder = every == null
                ? null
                : asked.plus(every.multipliedBy(Duration.between(asked, now).dividedBy(every) + 1));
        return Stream.of(reminder, expiresAt(terms, asked))
                .flatMap(Stream::ofNullable)
                .min(Instant::compareTo)
                .orElse(null);
    }

    /** Put together of what is not secret, it may still be one. */
    private String shown(String text, int longest) {
        return Shortened.to(longest, context.mask().mask(text));
    }

    private Tenant tenant() {
        return context.run().lease().tenant();
    }
}
