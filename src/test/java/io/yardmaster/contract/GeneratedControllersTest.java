package io.yardmaster.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.asyncDispatch;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.converter.autoconfigure.HttpMessageConvertersAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.MvcResult;
import org.springframework.test.web.servlet.RequestBuilder;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import tools.jackson.databind.node.ObjectNode;

/** What the templates promise, seen through one generated controller. */
class GeneratedControllersTest {

    private final Runs runs = new Runs();

    private final WebApplicationContextRunner context = new WebApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    JacksonAutoConfiguration.class,
                    HttpMessageConvertersAutoConfiguration.class,
                    WebMvcAutoConfiguration.class))
            .withUserConfiguration(Security.class, EnumConverterConfiguration.class, RunsApiController.class);

    @AfterEach
    void forget_the_caller() {
        SecurityContextHolder.clearContext();
    }

    @Test
    void without_its_delegate_a_controller_does_not_start() {
        context.run(started -> assertThat(started)
                .hasFailed()
                .getFailure()
                .rootCause()
                .hasMessageContaining(RunsApiDelegate.class.getName()));
    }

    @Test
    void the_scope_of_the_contract_is_asked_for() {
        callWith(
                "runs:read",
                get("/api/v1/runs"),
                response -> assertThat(response.getStatus()).isEqualTo(200));
        assertThatThrownBy(() -> callWith("runs:write", get("/api/v1/runs"), response -> {}))
                .hasRootCauseInstanceOf(AccessDeniedException.class);
    }

    @Test
    void parameters_arrive_converted_and_with_their_defaults() {
        callWith(
                "runs:read",
                get("/api/v1/runs?status=success&status=failed&created_after=2026-03-02T06:00:00.5Z"),
                response -> assertThat(runs.calls)
                        .containsExactly("listRuns [success, failed] 2026-03-02T06:00:00.500Z 100 0 -created_at"));
        callWith(
                "runs:read",
                get("/api/v1/runs?order=created_at"),
                response -> assertThat(runs.calls).last().isEqualTo("listRuns [] null 100 0 created_at"));
    }

    @Test
    void a_body_is_bound_and_what_has_no_value_is_left_out() {
        callWith(
                "runs:write",
                post("/api/v1/runs").contentType(MediaType.APPLICATION_JSON).content("""
                    {"job_id": "backup/daily", "args": {"target": "/srv", "n": 1},
                     "not_before": "2026-03-02T06:00:00Z", "security_profile": "secure"}\
                    """),
                response -> {
                    assertThat(response.getStatus()).isEqualTo(201);
                    assertThat(response.getContentAsString())
                            .contains("\"run_id\":\"run_1\"", "\"args\":{\"target\":\"/srv\",\"n\":1}")
                            .contains("\"status\":\"pending\"", "\"created_at\":\"2026-03-02T06:00:00Z\"")
                            .doesNotContain("null");
                });
        assertThat(runs.calls).containsExactly("createRun backup/daily secure");
    }

    @Test
    void an_answer_may_come_later() {
        callWith(
                "runs:write",
                post("/api/v1/runs").contentType(MediaType.APPLICATION_JSON).content("""
                    {"job_id": "backup/daily", "external_id": "later"}\
                    """),
                response -> {
                    assertThat(response.getStatus()).isEqualTo(201);
                    assertThat(response.getContentAsString()).contains("\"run_id\":\"run_1\"");
                });
    }

    @Test
    void a_body_that_may_be_left_out_can_be() {
        callWith(
                "runs:write",
                post("/api/v1/runs/run_1/cancel"),
                response -> assertThat(response.getStatus()).isEqualTo(202));
    }

    @Test
    void one_operation_answers_as_a_stream_a_page_or_nothing() {
        callWith("events:read", get("/api/v1/runs/live/events"), response -> {
            assertThat(response.getContentType()).startsWith("text/event-stream");
            assertThat(response.getContentAsString()).contains("id:1\n", "data:{\"seq\":1}\n\n");
        });
        callWith("events:read", get("/api/v1/runs/live/events").accept(MediaType.APPLICATION_JSON), response -> {
            assertThat(response.getContentType()).isEqualTo("application/json");
            assertThat(response.getContentAsString()).isEqualTo("{\"last_seq\":7}");
        });
        callWith("events:read", get("/api/v1/runs/live/events").accept(MediaType.APPLICATION_NDJSON), response -> {
            assertThat(response.getContentType()).isEqualTo("application/x-ndjson");
            assertThat(response.getContentAsString()).isEqualTo("{}\n");
        });
        callWith("events:read", get("/api/v1/runs/over/events"), response -> {
            assertThat(response.getStatus()).isEqualTo(204);
            assertThat(response.getContentAsByteArray()).isEmpty();
        });
    }

    @Test
    void the_caller_gets_the_media_type_it_accepts_best() {
        String[] offered = {"text/event-stream", "application/x-ndjson", "application/json"};
        assertThat(Accepted.best(null, offered)).hasToString("text/event-stream");
        assertThat(Accepted.best("*/*", offered)).hasToString("text/event-stream");
        assertThat(Accepted.best("*/*, application/json", offered)).hasToString("application/json");
        assertThat(Accepted.best("application/json;q=0.5, application/*", offered))
                .hasToString("application/x-ndjson");
        assertThat(Accepted.best("text/event-stream;q=0, application/json;q=0.1", offered))
                .hasToString("application/json");
        assertThat(Accepted.best("text/html", offered)).hasToString("text/event-stream");
    }

    private void callWith(String scope, RequestBuilder request, ResponseCheck check) {
        SecurityContextHolder.getContext()
                .setAuthentication(new TestingAuthenticationToken("alice", "", "SCOPE_" + scope));
        context.withBean(RunsApiDelegate.class, () -> runs).run(started -> {
            MockMvc mvc = MockMvcBuilders.webAppContextSetup(started.getSourceApplicationContext())
                    .build();
            MvcResult result = mvc.perform(request).andReturn();
            if (result.getRequest().isAsyncStarted()) {
                result = mvc.perform(asyncDispatch(result)).andReturn();
            }
            check.accept(result.getResponse());
        });
    }

    private interface ResponseCheck {
        void accept(MockHttpServletResponse response) throws Exception;
    }

    @Configuration(proxyBeanMethods = false)
    @EnableMethodSecurity
    static class Security {}

    /** Says what it was asked. */
    private static final class Runs implements RunsApiDelegate {

        private final List<String> calls = new ArrayList<>();

        @Override
        public Eventual<RunDto> createRun(RunRequestDto request) {
            calls.add("createRun " + request.getJobId() + " " + request.getSecurityProfile());
            RunDto run = new RunDto()
                    .runId("run_1")
                    .status(RunStatusDto.PENDING)
                    .createdAt(Instant.parse("2026-03-02T06:00:00Z"));
            if (request.getArgs() != null) {
                run.args(request.getArgs());
            }
            ResponseEntity<RunDto> answer =
                    ResponseEntity.status(HttpStatus.CREATED).body(run);
            return "later".equals(request.getExternalId())
                    ? Eventual.later(CompletableFuture.supplyAsync(() -> answer))
                    : Eventual.now(answer);
        }

        @Override
        public ResponseEntity<RunPageDto> listRuns(
                @Nullable String jobId,
                List<RunStatusDto> status,
                List<FailureCategoryDto> failureCategory,
                List<String> label,
                List<String> attribute,
                @Nullable Instant createdAfter,
                @Nullable Instant createdBefore,
                @Nullable Instant updatedAfter,
                @Nullable Instant updatedBefore,
                @Nullable Instant finishedAfter,
                @Nullable Instant finishedBefore,
                @Nullable Instant deadlineBefore,
                @Nullable String idPrefix,
                @Nullable String externalId,
                @Nullable String parentRunId,
                @Nullable String rerunOf,
                Integer limit,
                @Nullable String pageToken,
                Integer offset,
                RunOrderDto order) {
            calls.add("listRuns " + status + " " + createdAfter + " " + limit + " " + offset + " " + order);
            return ResponseEntity.ok(new RunPageDto().runs(List.of()).total(0L).totalIsExact(true));
        }

        @Override
        public ResponseEntity<RunAggregateDto> aggregateRuns(
                String groupBy,
                @Nullable String jobId,
                List<RunStatusDto> status,
                List<FailureCategoryDto> failureCategory,
                List<String> label,
                List<String> attribute,
                @Nullable Instant createdAfter,
                @Nullable Instant createdBefore,
                @Nullable Instant updatedAfter,
                @Nullable Instant updatedBefore,
                @Nullable Instant finishedAfter,
                @Nullable Instant finishedBefore,
                @Nullable Instant deadlineBefore,
                @Nullable String idPrefix,
                @Nullable String externalId,
                @Nullable String parentRunId,
                @Nullable String rerunOf,
                Integer limit) {
            throw new AssertionError();
        }

        @Override
        public ResponseEntity<RunCancellationDto> cancelRun(String runId, @Nullable CancelRequestDto request) {
            return ResponseEntity.accepted().body(new RunCancellationDto().runId(runId));
        }

        @Override
        public ResponseEntity<Void> deleteRun(String runId) {
            throw new AssertionError();
        }

        @Override
        public ResponseEntity<RunControlDto> pauseRun(String runId, @Nullable PauseRequestDto request) {
            throw new AssertionError();
        }

        @Override
        public ResponseEntity<RunControlDto> resumeRun(String runId, @Nullable ResumeRequestDto request) {
            throw new AssertionError();
        }

        @Override
        public ResponseEntity<RunDto> rerunRun(String runId, @Nullable RerunRequestDto request) {
            throw new AssertionError();
        }

        @Override
        public ResponseEntity<ResponseBodyEmitter> getRunEvents(
                String runId,
                Long afterSeq,
                List<EventTypeDto> types,
                Integer limit,
                @Nullable String lastEventId,
                MediaType mediaType) {
            if (runId.equals("over")) {
                return ResponseEntity.noContent().build();
            }
            if (mediaType.equals(MediaType.APPLICATION_JSON)) {
                return WholeAnswer.of(new RunEventPageDto().lastSeq(7L), mediaType);
            }
            if (mediaType.equals(MediaType.APPLICATION_NDJSON)) {
                return WholeAnswer.of("{}\n", mediaType);
            }
            SseEmitter emitter = new SseEmitter(0L);
            try {
                emitter.send(SseEmitter.event().id("1").data(Map.of("seq", 1)));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            emitter.complete();
            return ResponseEntity.ok(emitter);
        }

        @Override
        public ResponseEntity<RunDto> getRun(String runId, @Nullable Long atSeq) {
            throw new AssertionError();
        }

        @Override
        public ResponseEntity<RunDto> updateRun(String runId, ObjectNode runPatch) {
            throw new AssertionError();
        }

        @Override
        public ResponseEntity<RunFramePageDto> listRunFrames(String runId, Long afterFrame, Integer limit) {
            throw new AssertionError();
        }

        @Override
        public ResponseEntity<ResponseBodyEmitter> getRunLogs(
                String runId,
                Boolean follow,
                Long afterSeq,
                @Nullable Instant since,
                @Nullable String stepId,
                @Nullable LogStreamDto stream,
                List<LogLevelDto> level,
                @Nullable String q,
                @Nullable Integer tail,
                @Nullable Integer limit,
                @Nullable LogFormatDto format,
                @Nullable String lastEventId,
                MediaType mediaType) {
            throw new AssertionError();
        }

        @Override
        public Eventual<RunOutcomeDto> getRunResult(String runId) {
            throw new AssertionError();
        }

        @Override
        public ResponseEntity<RunStepDto> getRunStep(String runId, String stepId) {
            throw new AssertionError();
        }
    }
}
