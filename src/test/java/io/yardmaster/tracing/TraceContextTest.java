package io.yardmaster.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {

    private static final String SENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @Test
    void what_was_sent_is_read_and_written_the_same() {
        TraceContext context = TraceContext.parse(SENT).orElseThrow();

        assertThat(context).isEqualTo(new TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true));
        assertThat(context.traceparent()).isEqualTo(SENT);
        assertThat(TraceContext.parse(SENT.replaceFirst("01$", "00"))
                        .orElseThrow()
                        .sampled())
                .isFalse();
    }

    @Test
    void later_versions_may_say_more() {
        assertThat(TraceContext.parse("cc" + SENT.substring(2) + "-what-comes-next"))
                .isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01"
            })
    void what_is_no_traceparent_is_none(String text) {
        assertThat(TraceContext.parse(text)).isEmpty();
    }

    @Test
    void what_is_made_can_be_read() {
        for (int i = 0; i < 1000; i++) {
            TraceContext root = TraceContext.root(i % 2 == 0);
            assertThat(TraceContext.parse(root.traceparent())).contains(root);
            assertThat(TraceContext.parse(root.child("build/1").traceparent())).contains(root.child("build/1"));
        }
        assertThat(TraceContext.parse(TraceContext.of(UUID.randomUUID()).traceparent()))
                .isPresent();
    }

    @Test
    void a_place_of_a_name_is_the_same_each_time_and_another_one_for_another_name() {
        TraceContext root = TraceContext.parse(SENT).orElseThrow();

        assertThat(root.child("build/1")).isEqualTo(root.child("build/1")).isNotEqualTo(root.child("build/2"));
        assertThat(root.child("build/1").traceId()).isEqualTo(root.traceId());
    }
}
