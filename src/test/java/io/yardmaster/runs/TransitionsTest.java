package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Walks both state machines pair by pair, and keeps their pictures in the docs true. */
class TransitionsTest {

    private static final Path PICTURES = Path.of("docs/state-machines.md");

    @Test
    void a_run_goes_from_one_state_to_another_by_exactly_these_transitions() {
        assertThat(pairs(RunState.values(), this::transitions))
                .containsExactlyInAnyOrder(
                        "pending -START-> running",
                        "pending -PAUSE-> paused",
                        "pending -CANCEL-> cancelling",
                        "pending -FAIL-> failed",
                        "running -WAIT-> waiting",
                        "running -PAUSE-> paused",
                        "running -CANCEL-> cancelling",
                        "running -SUCCEED-> success",
                        "running -FAIL-> failed",
                        "waiting -WAKE-> running",
                        "waiting -PAUSE-> paused",
                        "waiting -CANCEL-> cancelling",
                        "waiting -FAIL-> failed",
                        "paused -RESUME-> waiting",
                        "paused -QUEUE_AGAIN-> pending",
                        "paused -CANCEL-> cancelling",
                        "paused -FAIL-> failed",
                        "cancelling -CANCELLED_FOR_GOOD-> cancelled");
    }

    @Test
    void a_step_goes_from_one_state_to_another_by_exactly_these_transitions() {
        assertThat(pairs(StepState.values(), this::transitions))
                .containsExactlyInAnyOrder(
                        "pending -START-> running",
                        "pending -WAIT-> waiting",
                        "pending -FAIL-> failed",
                        "pending -SKIP-> skipped",
                        "pending -CANCEL-> cancelled",
                        "running -WAIT-> waiting",
                        "running -SUCCEED-> success",
                        "running -FAIL-> failed",
                        "running -CANCEL-> cancelled",
                        "waiting -START-> running",
                        "waiting -SUCCEED-> success",
                        "waiting -FAIL-> failed",
                        "waiting -CANCEL-> cancelled");
    }

    @Test
    void what_is_not_in_the_table_is_refused_for_every_pair() {
        for (RunTransition transition : RunTransition.values()) {
            for (RunState state : EnumSet.complementOf(EnumSet.copyOf(transition.from()))) {
                assertThatThrownBy(() -> transition.from(state)).isInstanceOf(IllegalStateException.class);
            }
        }
        for (StepTransition transition : StepTransition.values()) {
            for (StepState state : EnumSet.complementOf(EnumSet.copyOf(transition.from()))) {
                assertThatThrownBy(() -> transition.from(state)).isInstanceOf(IllegalStateException.class);
            }
        }
    }

    @Test
    void nothing_leads_out_of_a_terminal_state_and_something_out_of_every_other() {
        for (RunState state : RunState.values()) {
            assertThat(transitions(state).findAny().isEmpty()).as(state.text()).isEqualTo(state.isTerminal());
        }
        for (StepState state : StepState.values()) {
            assertThat(transitions(state).findAny().isEmpty()).as(state.text()).isEqualTo(state.isTerminal());
        }
    }

    @Test
    void the_pictures_in_the_docs_show_these_tables() throws IOException {
        String pictures = """
            # State machines

            Drawn from the tables `RunTransition` and `StepTransition` by their test.

            ## A run

            %s
            ## A step

            %s\
            """.formatted(
                        picture(
                                pairs(RunState.values(), this::transitions),
                                Arrays.stream(RunState.values())
                                        .filter(RunState::isTerminal)
                                        .map(RunState::text)),
                        picture(
                                pairs(StepState.values(), this::transitions),
                                Arrays.stream(StepState.values())
                                        .filter(StepState::isTerminal)
                                        .map(StepState::text)));
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(PICTURES, pictures);
        }
        assertThat(Files.readString(PICTURES))
                .as("docs/state-machines.md is stale; ./mvnw test -Dtest=TransitionsTest -Ddocs.write=true")
                .isEqualTo(pictures);
    }

    private Stream<String> transitions(RunState state) {
        return Arrays.stream(RunTransition.values())
                .filter(transition -> transition.from().contains(state))
                .map(transition -> state.text() + " -" + transition + "-> "
                        + transition.to().text());
    }

    private Stream<String> transitions(StepState state) {
        return Arrays.stream(StepTransition.values())
                .filter(transition -> transition.from().contains(state))
                .map(transition -> state.text() + " -" + transition + "-> "
                        + transition.to().text());
    }

    private static <S> Set<String> pairs(S[] states, Function<S, Stream<String>> transitions) {
        return Arrays.stream(states).flatMap(transitions).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static String picture(Set<String> pairs, Stream<String> terminal) {
        StringBuilder picture = new StringBuilder("```mermaid\nstateDiagram-v2\n    [*] --> pending\n");
        for (String pair : pairs) {
            String[] parts = pair.split(" -|-> ");
            String verb = parts[1].toLowerCase(Locale.ROOT).replace('_', ' ');
            picture.append("    %s --> %s: %s\n".formatted(parts[0], parts[2], verb));
        }
        terminal.forEach(state -> picture.append("    %s --> [*]\n".formatted(state)));
        return picture.append("```\n").toString();
    }
}
