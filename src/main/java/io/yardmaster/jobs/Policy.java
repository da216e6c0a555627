package io.yardmaster.jobs;

import io.yardmaster.jobs.PolicyDecision.Finding;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What may run here, and how strictly it is held. The same decision serves plan and run. */
@Component
public class Policy {

    private final SecurityProfile floor;
    private final boolean approveOnExpiry;

    Policy(PolicyProperties properties) {
        this.floor = properties.floor();
        this.approveOnExpiry = properties.approveOnExpiry();
    }

    /** The loosest profile of this server. */
    public SecurityProfile floor() {
        return floor;
    }

    /**
     * Decides.
     *
     * @param requested the stricter profile the caller asks for; null: none. A looser one than the floor changes nothing
     */
    public PolicyDecision decide(JobDefinition definition, @Nullable SecurityProfile requested) {
        SecurityProfile profile =
                floor.tightenedBy(definition.securityProfile()).tightenedBy(requested);
        List<Finding> findings = new ArrayList<>();
        looser(definition.securityProfile(), "job", findings);
        looser(requested, "caller", findings);
        for (StepDefinition step : definition.steps()) {
            StepDefinition once = step instanceof StepDefinition.Repeated repeated ? repeated.each() : step;
            if (once instanceof StepDefinition.Run run && run.executor() == ExecutorKind.PROC) {
                process(run, profile, findings);
            }
            if (step instanceof StepDefinition.Approval approval) {
                silence(approval, profile, findings);
            }
        }
        boolean denied =
                findings.stream().anyMatch(finding -> finding.severity().equals("denied"));
        return new PolicyDecision(profile, findings, denied);
    }

    /**
     * Refuses what was denied.
     *
     * @throws ProblemException {@code policy-denied}, with the findings
     */
    static void require(PolicyDecision decision) {
        if (decision.denied()) {
            List<Finding> denials = decision.findings().stream()
                    .filter(finding -> finding.severity().equals("denied"))
                    .toList();
            throw ProblemException.of(
                            ProblemType.POLICY_DENIED,
                            denials.getFirst().message()
                                    + (denials.size() == 1
                                            ? ""
                                            : " (And " + (denials.size() - 1) + " more; see policy_findings.)"))
                    .with(
                            "policy_findings",
                            decision.findings().stream().map(Policy::shown).toList())
                    .with("security_profile", decision.profile().label());
        }
    }

    /** A finding as the contract shows it. */
    private static Map<String, String> shown(Finding finding) {
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("code", finding.code());
        shown.put("severity", finding.severity());
        shown.put("message", finding.message());
        if (finding.step() != null) {
            shown.put("step_id", finding.step());
        }
        return shown;
    }

    private void looser(@Nullable SecurityProfile asked, String who, List<Finding> findings) {
        if (asked != null && asked.compareTo(floor) < 0) {
            findings.add(new Finding(
                    "profile-not-loosened",
                    "info",
                    "The " + who + " asks for " + asked.label() + "; the server's floor is " + floor.label()
                            + " and stays in force.",
                    null));
        }
    }

    private void silence(StepDefinition.Approval gate, SecurityProfile profile, List<Finding> findings) {
        if (gate.terms().expiresIn() == null || gate.terms().onExpiry() != OnExpiry.APPROVE) {
            return;
        }
        boolean allowed = approveOnExpiry && profile != SecurityProfile.SECURE;
        findings.add(new Finding(
                "approval-by-expiry",
                allowed ? "warning" : "denied",
                allowed
                        ? "The gate opens by itself where nobody decides in time."
                        : "The gate would open by itself where nobody decides in time (on_expiry: approve). This server"
                                + " does not permit that: "
                                + (approveOnExpiry
                                        ? "the security profile secure forbids it."
                                        : "yardmaster.policy.approve-on-expiry is not set."),
                gate.id()));
    }

    private static void process(StepDefinition.Run step, SecurityProfile profile, List<Finding> findings) {
        switch (profile) {
            case SECURE ->
                findings.add(new Finding(
                        "sandbox-unavailable",
                        "denied",
                        "Under the security profile secure, a process step needs a sandbox, and this server cannot "
                                + "sandbox process steps yet. Where steps are trusted, set yardmaster.policy.floor to "
                                + "permissive and ask for no stricter profile.",
                        step.id()));
            case PERMISSIVE ->
                findings.add(new Finding(
                        "process-not-sandboxed",
                        "warning",
                        "The step runs as a plain process of the server's user, with a cleaned environment.",
                        step.id()));
            case DISABLED -> {
                // Nothing is checked, so there is nothing to say.
            }
        }
    }
}
