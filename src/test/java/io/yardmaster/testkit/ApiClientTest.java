package io.yardmaster.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ApiClientTest {

    private final ApiClient api = TestServer.shared().client();

    @Test
    @Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void an_answer_without_an_end_fails_at_once() {
        assertThatThrownBy(() -> api.get("/events/runs", "Accept", "text/event-stream"))
                .hasMessageContaining("use stream(…) to read it");
        assertThat(api.get("/livez").status()).isEqualTo(200);
    }
}
