package io.yardmaster.approvals;

import io.yardmaster.database.Jsonb;
import io.yardmaster.jobs.Form;
import io.yardmaster.jobs.OnExpiry;
import io.yardmaster.kernel.Actor;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.DatabaseClock;
import io.yardmaster.runs.GateClosing;
import io.yardmaster.runs.GateClosing.Verdict;
import io.yardmaster.runs.RunGates;
import io.yardmaster.runs.RunGates.Holding;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Decides at gates, whoever asks and by whichever door: a vote, or a time that is over. Each decision is made while the run
 * and then its gate are held, and put into the run's inbox, all in the transaction of the caller.
 */
@Component
class Decisions {

    private final EntityManager entities;
    private final RunGates gates;
    private final DatabaseClock clock;
    private final ApprovalMeters meters;

    Decisions(EntityManager entities, RunGates gates, DatabaseClock clock, ApprovalMeters meters) {
        this.entities = entities;
        this.gates = gates;
        this.clock = clock;
        this.meters = meters;
    }

    /**
     * Somebody votes. Once more the same changes nothing.
     *
     * @throws ProblemException {@code already-voted}, {@code already-decided}, {@code not-allowed-to-decide}, {@code approval-stale}, {@code validation-error}
     */
    void vote(ApprovalEntity gate, Ballot ballot, Actor actor) {
        Holding run = hold(gate);
        Optional<VoteEntity> before = vote(gate, actor.subject());
        if (before.isPresent() && isTheSame(gate, before.get(), ballot)) {
            return;
        }
        requireOpen(gate, run);
        if (before.isPresent()) {
            throw ProblemException.of(
                    ProblemType.ALREADY_VOTED,
                    "You have voted " + before.get().decision()
                            + " at this gate, and a vote, its inputs and its note cannot be changed. Somebody else who"
                            + " may decide can vote.");
        }
        requireVoter(gate, actor);
        requireSubject(gate, ballot);
        ObjectNode answers = ballot.approves() ? answers(gate, ballot.inputs()) : null;
        record(gate, ballot, answers, actor);
    }

    /**
     * The time of a gate is over; nothing happens where it is closed already, or the time is not over.
     *
     * @return whether the gate was closed by it
     */
    boolean expire(ApprovalEntity gate) {
        Holding run = hold(gate);
        Instant now = now();
        if (!gate.isOpen() || run != Holding.GOES_ON || !gate.isExpired(now)) {
            return false;
        }
        OnExpiry meaning = gate.onExpiry();
        gate.close(meaning == OnExpiry.APPROVE ? ApprovalStatus.APPROVED : ApprovalStatus.EXPIRED, "expiry", now);
        ObjectNode told = told(gate).put("status", gate.status()).put("on_expiry", meaning.label());
        Verdict verdict = switch (meaning) {
            case DENY -> Verdict.DENIED_BY_EXPIRY;
            case APPROVE -> Verdict.APPROVED;
            case FAIL -> Verdict.EXPIRED;
        };
        GateClosing closing = new GateClosing(verdict, verdict == Verdict.APPROVED ? agreed(gate) : none());
        gates.expired(gate.runId(), gate.tenant(), gate.stepId(), told, closing);
        meters.closed(gate.status(), "expiry");
        return true;
    }

    /** Whether somebody says what he has said before; what he leaves out this time does not matter. */
    private boolean isTheSame(ApprovalEntity gate, VoteEntity before, Ballot ballot) {
        String note = ballot.note();
        ObjectNode inputs = ballot.inputs();
        ObjectNode form = gate.form();
        return before.decision().equals(ballot.decision())
                && (note == null || gates.masked(gate.runId(), note).equals(before.note()))
                && (inputs == null
                        || !ballot.approves()
                        || (form == null
                                ? inputs.isEmpty()
                                : Jsonb.stored(filled(gate, form, inputs)).equals(gate.inputs())));
    }

    private Holding hold(ApprovalEntity gate) {
        Holding run = gates.hold(gate.runId());
        entities.refresh(gate, LockModeType.PESSIMISTIC_WRITE);
        return run;
    }

    private Optional<VoteEntity> vote(ApprovalEntity gate, String voter) {
        return Optional.ofNullable(
                entities.find(VoteEntity.class, new VoteEntity.Key(gate.id().value(), voter)));
    }

    private void requireOpen(ApprovalEntity gate, Holding run) {
        if (!gate.isOpen()) {
            throw ProblemException.of(
                            ProblemType.ALREADY_DECIDED,
                            "The approval is closed: it is " + gate.status() + ". Read it to see how that came about.")
                    .with("approval_status", gate.status());
        }
        if (run != Holding.GOES_ON) {
            throw ProblemException.of(
                            ProblemType.ALREADY_DECIDED,
                            "The run " + (run == Holding.ENDED ? "has ended" : "is being cancelled")
                                    + ", so that there is nothing left to decide.")
                    .with("approval_status", ApprovalStatus.CANCELLED.text());
        }
        if (gate.isExpired(now())) {
            throw ProblemException.of(
                            ProblemType.ALREADY_DECIDED,
                            "The time to decide is over. Read the approval to see what that means.")
                    .with("approval_status", ApprovalStatus.EXPIRED.text());
        }
    }

    private void requireVoter(ApprovalEntity gate, Actor actor) {
        if (!gate.isFor(actor.groups())) {
            throw ProblemException.of(
                            ProblemType.NOT_ALLOWED_TO_DECIDE,
                            "Only members of " + String.join(", ", gate.groups())
                                    + " may decide here, and your token says that you are in "
                                    + (actor.groups().isEmpty() ? "no group." : "none of these groups."))
                    .with("groups", gate.groups());
        }
        if (!gate.allowsSelf() && gates.initiators(gate.runId()).contains(actor.subject())) {
            throw ProblemException.of(
                    ProblemType.NOT_ALLOWED_TO_DECIDE,
                    "You have submitted, planned, resumed or repeated this run, one that it repeats, or one that has"
                            + " started it. Somebody else has to decide.");
        }
    }

    /** What is approved is what was asked about, to the letter, and what the voter has looked at. */
    private void requireSubject(ApprovalEntity gate, Ballot ballot) {
        boolean holds = gates.subject(gate.runId()).map(gate::isAbout).orElse(false);
        if (!holds) {
            throw ProblemException.of(
                    ProblemType.APPROVAL_STALE,
                    "The run is not what was asked about: its plan or its arguments differ. Cancel it and submit it"
                            + " again.");
        }
        if (ballot.planDigest() != null && !ballot.planDigest().equals(gate.planDigest())) {
            throw ProblemException.of(
                    ProblemType.APPROVAL_STALE,
                    "You decide about the plan " + ballot.planDigest() + ", and this gate is about " + gate.planDigest()
                            + ". Read the approval again.");
        }
    }

    /** The first who agrees answers for all: what others agree to must not change under them. */
    private @Nullable ObjectNode answers(ApprovalEntity gate, @Nullable ObjectNode given) {
        ObjectNode form = gate.form();
        if (form == null) {
            if (given != null && !given.isEmpty()) {
                throw ProblemException.validation(
                        List.of(new Fault("/inputs", "This gate asks for no inputs. Leave inputs out.", "not-asked")));
            }
            return null;
        }
        ObjectNode known = gate.inputs();
        if (known != null && given == null) {
            return known;
        }
        ObjectNode answers = filled(gate, form, given == null ? none() : given);
        if (known != null && !known.equals(Jsonb.stored(answers))) {
            throw ProblemException.validation(List.of(new Fault(
                    "/inputs",
                    "Somebody has agreed with other inputs, which the approval shows. Leave inputs out to agree with"
                            + " these, or deny.",
                    "already-answered")));
        }
        return answers;
    }

    private ObjectNode filled(ApprovalEntity gate, ObjectNode form, ObjectNode given) {
        return (ObjectNode) gates.masked(gate.runId(), Form.of(form).check(given, "/inputs"));
    }

    private void record(ApprovalEntity gate, Ballot ballot, @Nullable ObjectNode answers, Actor actor) {
        Instant now = now();
        String note = ballot.note() == null ? null : gates.masked(gate.runId(), ballot.note());
        Ballot kept = new Ballot(ballot.approves(), note, null, null);
        entities.persist(VoteEntity.of(gate.id(), actor.tenant(), actor.subject(), kept, now));
        if (ballot.approves()) {
            gate.approved(answers);
        } else {
            gate.denied();
        }
        ObjectNode told = told(gate).put("decision", ballot.decision()).put("voter", actor.subject());
        if (note != null) {
            told.put("note", note);
        }
        told.put("approvals", gate.approvals()).put("denials", gate.denials());
        GateClosing closing = null;
        if (gate.denials() >= gate.denyQuorum()) {
            gate.close(ApprovalStatus.DENIED, "votes", now);
            closing = new GateClosing(Verdict.DENIED, none());
        } else if (gate.approvals() >= gate.required()) {
            gate.close(ApprovalStatus.APPROVED, "votes", now);
            closing = new GateClosing(Verdict.APPROVED, agreed(gate));
        }
        gates.voted(gate.runId(), actor.tenant(), actor.subject(), gate.stepId(), told, closing);
        meters.voted(ballot.decision());
        if (closing != null) {
            meters.closed(gate.status(), "votes");
        }
    }

    private static ObjectNode agreed(ApprovalEntity gate) {
        ObjectNode inputs = gate.inputs();
        if (inputs != null) {
            return inputs;
        }
        ObjectNode form = gate.form();
        return form == null ? none() : Form.of(form).defaults();
    }

    private static ObjectNode told(ApprovalEntity gate) {
        return none().put("approval_id", gate.id().toString());
    }

    private static ObjectNode none() {
        return JsonNodeFactory.instance.objectNode();
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
