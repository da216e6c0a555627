package io.yardmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PolicyTest {

    private static final List<SecurityProfile> PROFILES = List.of(SecurityProfile.values());

    /** Every floor with everything a job and a caller can ask for. */
    static List<Combination> combinations() {
        List<Combination> combinations = new ArrayList<>();
        for (SecurityProfile floor : PROFILES) {
            combinations.add(new Combination(floor, null, null));
            for (SecurityProfile one : PROFILES) {
                combinations.add(new Combination(floor, one, null));
                combinations.add(new Combination(floor, null, one));
                PROFILES.forEach(other -> combinations.add(new Combination(floor, one, other)));
            }
        }
        return combinations;
    }

    record Combination(
            SecurityProfile floor,
            @Nullable SecurityProfile job,
            @Nullable SecurityProfile caller) {

        SecurityProfile strictest() {
            SecurityProfile strictest = floor;
            if (job != null && job.compareTo(strictest) > 0) {
                strictest = job;
            }
            return caller != null && caller.compareTo(strictest) > 0 ? caller : strictest;
        }
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void the_strictest_of_floor_job_and_caller_is_in_force(Combination asked) {
        PolicyDecision decision = decide(asked, "command: ./run.sh\n");

        assertThat(decision.profile()).isEqualTo(asked.strictest());
        assertThat(decision.denied()).isEqualTo(asked.strictest() == SecurityProfile.SECURE);
        if (decision.denied()) {
            assertThatThrownBy(() -> Policy.require(decision))
                    .isInstanceOfSatisfying(ProblemException.class, problem -> {
                        assertThat(problem.type()).isEqualTo(ProblemType.POLICY_DENIED);
                        assertThat(problem.detail()).contains("permissive");
                    });
        } else {
            Policy.require(decision);
        }
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void a_job_without_processes_needs_no_sandbox(Combination asked) {
        PolicyDecision decision = decide(asked, """
            composition: steps
            steps: [{id: a, type: sleep, for: 1s}, {id: b, type: eval, values: {x: "1"}}]
            """);

        assertThat(decision.denied()).isFalse();
        assertThat(decision.profile()).isEqualTo(asked.strictest());
    }

    private static PolicyDecision decide(Combination asked, String config) {
        String profile =
                asked.job() == null ? "" : "security_profile: " + asked.job().label() + "\n";
        return new Policy(new PolicyProperties(asked.floor(), false))
                .decide(JobReading.read(profile + config), asked.caller());
    }
}
