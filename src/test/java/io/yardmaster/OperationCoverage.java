package io.yardmaster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.yardmaster.Call.Answer;
import io.yardmaster.ContractRecipes.Elsewhere;
import io.yardmaster.ContractRecipes.Recipe;
import io.yardmaster.ContractRecipes.Refused;
import io.yardmaster.contract.BundledContract;
import io.yardmaster.contract.BundledContract.Operation;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.testkit.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.Executable;
import tools.jackson.databind.JsonNode;

/** The tests of one operation: those that the contract asks for, and those of its recipe. */
final class OperationCoverage {

    /** What no test over HTTP can bring about, and why. */
    private static final Map<String, String> OUT_OF_REACH = Map.of(
            "503 service-unavailable", "the database would have to be away",
            "410 cursor-expired", "history would have to be removed behind a reader",
            "429 queue-full", "the queue would have to be full",
            "409 idempotency-in-flight", "a first request would have to take longer than ten seconds");

    private static final int MORE_THAN_A_BODY_MAY_HAVE = (1 << 20) + 1;

    private final Operation operation;
    private final Recipe recipe;
    private final DocumentedAnswers answers;
    private final List<DynamicTest> tests = new ArrayList<>();

    OperationCoverage(BundledContract contract, Operation operation, Recipe recipe) {
        this.operation = operation;
        this.recipe = recipe;
        this.answers = new DocumentedAnswers(contract, operation);
    }

    List<DynamicTest> tests() {
        Call call = recipe.call();
        test("its recipe calls this operation", () -> {
            assertThat(call.method()).isEqualToIgnoringCase(operation.method());
            assertThat(call.path().replaceAll("^/(?=/)|\\?.*", ""))
                    .matches(operation.path().replaceAll("\\{[^}]+}", "[^/]+"));
        });
        test("answers as documented", () -> succeeds(call));
        addTokens(call);
        addElsewhere(call);
        addRefusals(call);
        recipe.answers()
                .forEach((what, status) -> test(what.says() + " is answered with " + status, () -> {
                    Answer answer = what.call().get().send();
                    answers.check(answer);
                    assertThat(answer.status()).as("%s", answer).isEqualTo(status);
                }));
        for (Refused refused : recipe.refused()) {
            test(
                    refused.says() + " is refused as " + refused.slug(),
                    () -> problem(refused.call().get(), refused.slug()));
        }
        test("every answer it documents was seen", () -> {
            Set<String> unseen = answers.unseen();
            unseen.removeAll(OUT_OF_REACH.keySet());
            if (operation.node().path("x-required-scope").isEmpty()) {
                // Every token may, so nobody is refused.
                unseen.remove("403 permission-denied");
            }
            assertThat(unseen).isEmpty();
        });
        return tests;
    }

    private void addTokens(Call call) {
        if (operation.isPublic()) {
            test("needs no token", () -> succeeds(call.withToken(null)));
            return;
        }
        test("nobody without a token", () -> problem(call.withToken(null), "unauthorized"));
        test("nobody with a token that is none", () -> problem(call.withToken("no-token-of-ours"), "unauthorized"));
        JsonNode scopes = operation.node().path("x-required-scope");
        Call powerless = call.withToken(TestServer.POWERLESS_TOKEN);
        if (scopes.isEmpty()) {
            test("needs a token and no scope", () -> succeeds(powerless));
            return;
        }
        String scope = scopes.path(0).asString();
        test("nobody without the scope " + scope, () -> {
            JsonNode problem = problem(powerless, "permission-denied").json();
            assertThat(problem.path("detail").asString()).contains(scope);
            assertThat(problem.path("required_scope").asString()).isEqualTo(scope);
        });
    }

    private void addElsewhere(Call call) {
        Call elsewhere = call.withToken(TestServer.OTHER_TENANT_TOKEN);
        switch (recipe.elsewhere()) {
            case Elsewhere.NotFound(String slug) ->
                test("another tenant's id is not found", () -> problem(elsewhere, slug));
            case Elsewhere.Empty(String list) ->
                test("another tenant sees none of it", () -> {
                    assertThat(succeeds(call).json().path(list)).isNotEmpty();
                    assertThat(succeeds(elsewhere).json().path(list)).isEmpty();
                });
            case Elsewhere.Same(String why) ->
                test("another tenant sees the same, because " + why, () -> succeeds(elsewhere));
            case Elsewhere.OwnRunsOnly() ->
                test("another tenant hears of its own runs only", () -> hearsOfItsOwnRunsOnly(elsewhere));
            case Elsewhere.NoLines() ->
                test("another tenant gets nothing but the end", () -> {
                    assertThat(succeeds(call).text().lines().count()).isGreaterThan(1);
                    Answer answer = elsewhere.send();
                    answers.check(answer);
                    assertThat(answer.text().lines())
                            .singleElement()
                            .satisfies(line -> assertThat(line).endsWith("\"end\":{\"count\":0}}"));
                });
        }
    }

    private void hearsOfItsOwnRunsOnly(Call elsewhere) {
        List<String> own = new ArrayList<>();
        Answer stream = elsewhere.until("event: run.finished").send(() -> {
            // Had the first run been for this reader, it would come before the second.
            TestServer.shared().client().run("hello-world", "{}");
            own.add(TestServer.shared().client(TestServer.OTHER_TENANT_TOKEN).run("hello-world", "{}"));
        });
        answers.check(stream);
        List<String> heard = stream.text()
                .lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.replaceAll(".*\"run_id\":\"([^\"]+)\".*", "$1"))
                .distinct()
                .toList();
        assertThat(heard).isEqualTo(own);
    }

    /** What the contract's own words say is refused, whatever the operation does. */
    private void addRefusals(Call call) {
        String joint = call.path().contains("?") ? "&" : "?";
        test("an unknown query parameter is refused", () -> {
            JsonNode fault = problem(call.withPath(call.path() + joint + "colour=red"), "validation-error")
                    .json()
                    .path("errors")
                    .path(0);
            assertThat(fault.path("pointer").asString()).isEqualTo("colour");
            assertThat(fault.path("code").asString()).isEqualTo("unknown-parameter");
        });
        if (answers.has("406")) {
            test(
                    "a media type it does not have is refused",
                    () -> problem(call.withHeader("Accept", "image/png"), "not-acceptable"));
        }
        if (answers.has("304")) {
            test("who has it already is told so", () -> {
                String tag = succeeds(call).header("ETag");
                Answer again = call.withHeader("If-None-Match", tag).send();
                answers.check(again);
                assertThat(again.status()).isEqualTo(304);
                assertThat(again.header("ETag")).isEqualTo(tag);
                succeeds(call.withHeader("If-None-Match", "\"another\""));
            });
        }
        // An answer of several forms has parts in one of them only, which its recipe asks for.
        if (operation.parameters().stream()
                .anyMatch(parameter -> parameter.path("name").asString().equals("Idempotency-Key"))) {
            addRepetitions(
                    recipe.repeatable() == null ? call : recipe.repeatable().get());
        }
        if (answers.has("416")
                && Objects.requireNonNull(operation.responses().get("200"))
                                .path("content")
                                .size()
                        == 1) {
            test(
                    "a range beyond the end is refused",
                    () -> problem(call.withHeader("Range", "bytes=99999999-"), "range-not-satisfiable"));
        }
        if (takesBytes()) {
            test("a body of any type is taken", () -> succeeds(call.withHeader("Content-Type", "image/x-anything")));
        } else if (operation.node().has("requestBody")) {
            test("a body that is not JSON is refused", () -> problem(call.withBody(taken(), "{"), "malformed-json"));
            test(
                    "a body of another type is refused",
                    () -> problem(call.withBody("text/plain", "{}"), "unsupported-media-type"));
            test("a body that is too large is refused and ends the connection", () -> {
                Call tooLarge = call.withBody(taken(), " ".repeat(MORE_THAN_A_BODY_MAY_HAVE));
                assertThat(problem(tooLarge, "payload-too-large").header("Connection"))
                        .isEqualTo("close");
            });
        } else {
            test("a body is refused", () -> problem(call.withBody("application/json", "{}"), "validation-error"));
        }
    }

    /** A body that is not looked into. */
    private boolean takesBytes() {
        return operation.node().path("requestBody").path("content").has("*/*");
    }

    private void addRepetitions(Call call) {
        Call keyed = call.withHeader("Idempotency-Key", "key-" + UUID.randomUUID());
        test("sent again under its key it gets the first answer", () -> {
            Answer first = succeeds(keyed);
            assertThat(first.headers().firstValue("Idempotency-Replayed")).isEmpty();
            Answer again = succeeds(keyed);
            assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
            assertThat(again.text()).isEqualTo(first.text());
            assertThat(again.status()).isEqualTo(first.status());
            for (String header : List.of("Location", "ETag", "Content-Type")) {
                assertThat(again.headers().firstValue(header))
                        .as(header)
                        .isEqualTo(first.headers().firstValue(header));
            }
        });
        if (operation.node().has("requestBody")) {
            test("for something else its key is refused", () -> {
                problem(
                        keyed.withBody(takesBytes() ? "text/xml" : taken(), somethingElse(call.body())),
                        "idempotency-mismatch");
            });
        }
        test("a key that is none is refused", () -> {
            JsonNode problem = problem(call.withHeader("Idempotency-Key", "two words"), "validation-error")
                    .json();
            assertThat(problem.path("errors").path(0).path("pointer").asString())
                    .isEqualTo("Idempotency-Key");
        });
    }

    /** The type of body that the operation takes. */
    private String taken() {
        return operation.node().path("requestBody").path("content").propertyNames().stream()
                .findFirst()
                .orElseThrow();
    }

    private static String somethingElse(@Nullable String body) {
        if (body == null) {
            return "{}";
        }
        String labels = "\"labels\": {";
        return body.contains(labels)
                ? body.replace(labels, labels + "\"else\": \"too\", ")
                : body.replaceFirst("\\{", "{\"timeouts\": {\"run\": \"59s\"}, ");
    }

    private Answer succeeds(Call call) {
        Answer answer = call.send();
        answers.check(answer);
        assertThat(answer.status()).as("%s", answer).isBetween(200, 299);
        return answer;
    }

    private Answer problem(Call call, String slug) {
        Answer answer = call.send();
        ProblemType type = ProblemType.ofSlug(slug).orElseThrow();
        assertThat(answer.status()).as("%s", answer).isEqualTo(type.status());
        answers.check(answer);
        assertThat(answer.slug()).as("%s", answer).isEqualTo(slug);
        return answer;
    }

    private void test(String says, Executable executable) {
        tests.add(dynamicTest(operation.id() + ": " + says, executable));
    }
}
