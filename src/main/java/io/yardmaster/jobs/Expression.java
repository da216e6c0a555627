package io.yardmaster.jobs;

import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import io.yardmaster.jobs.ExpressionContext.StepShape;
import io.yardmaster.jobs.ExpressionScope.StepView;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** A CEL expression of a job, compiled and checked when the job was read. Immutable, and shared between threads. */
public final class Expression {

    private static final Pattern WHERE = Pattern.compile("^evaluation error( at [^ ]*)?: ");

    private final String text;
    private final CelRuntime.Program program;
    private final ExpressionContext context;
    private final Set<String> usedSteps;

    Expression(String text, CelRuntime.Program program, ExpressionContext context, Set<String> usedSteps) {
        this.text = text;
        this.program = program;
        this.context = context;
        this.usedSteps = usedSteps;
    }

    /** As it is written in the job. */
    public String text() {
        return text;
    }

    /**
     * The value.
     *
     * @throws ExpressionException where it has none, such as an output of a skipped step; the message is for people
     */
    public JsonNode evaluate(ExpressionScope scope) {
        try {
            return CelValues.toJson(program.eval(variables(scope)));
        } catch (CelEvaluationException e) {
            throw new ExpressionException(
                    withoutValue(WHERE.matcher(String.valueOf(e.getMessage())).replaceFirst(""), scope));
        } catch (ExpressionException e) {
            throw new ExpressionException(withoutValue(String.valueOf(e.getMessage()), scope));
        }
    }

    private String withoutValue(String why, ExpressionScope scope) {
        StringBuilder notSuccessful = new StringBuilder();
        for (String id : usedSteps) {
            StepView step = scope.steps().get(id);
            if (step != null && !step.status().equals("success")) {
                notSuccessful
                        .append(" Step '")
                        .append(id)
                        .append("' is ")
                        .append(step.status())
                        .append('.');
            }
        }
        return "The expression `" + text + "` has no value: " + why + notSuccessful;
    }

    private Map<String, Object> variables(ExpressionScope scope) {
        Map<String, Object> args = new LinkedHashMap<>();
        scope.args()
                .forEachEntry((name, value) -> args.put(name, CelValues.fromJson(value, type(context.args(), name))));
        Map<String, Object> steps = new LinkedHashMap<>();
        context.steps().forEach((id, shape) -> {
            StepView view = scope.steps().get(id);
            if (view != null) {
                steps.put(id, step(view, shape));
            }
        });
        Map<String, Object> matrix = new LinkedHashMap<>();
        scope.matrix()
                .forEachEntry((name, value) ->
                        matrix.put(name, CelValues.fromJson(value, type(context.matrix(), name))));
        return Map.of(
                "args",
                args,
                "matrix",
                matrix,
                "steps",
                steps,
                "run",
                Map.of(
                        "id",
                        scope.run().id(),
                        "job_id",
                        scope.run().jobId(),
                        "tenant",
                        scope.run().tenant()),
                ExpressionCompiler.ALWAYS,
                true,
                ExpressionCompiler.FAILURE,
                context.steps().keySet().stream().anyMatch(id -> hasStatus(scope, id, "failed")),
                ExpressionCompiler.SUCCESS,
                context.needs().stream().allMatch(id -> isSatisfied(scope, id)));
    }

    private static Map<String, Object> step(StepView view, StepShape shape) {
        return Map.of(
                "outputs",
                shape.repeated()
                        ? view.outputs()
                                .valueStream()
                                .map(one -> outputs(one, shape))
                                .toList()
                        : outputs(view.outputs(), shape),
                "status",
                view.status(),
                "failure_code",
                view.failureCode() == null ? "" : view.failureCode());
    }

    private static Map<String, Object> outputs(JsonNode json, StepShape shape) {
        Map<String, Object> outputs = new LinkedHashMap<>();
        json.forEachEntry((name, value) -> outputs.put(name, CelValues.fromJson(value, type(shape.outputs(), name))));
        return outputs;
    }

    private static CelType type(Map<String, CelType> types, String name) {
        return types.getOrDefault(name, SimpleType.DYN);
    }

    private static boolean hasStatus(ExpressionScope scope, String id, String status) {
        StepView view = scope.steps().get(id);
        return view != null && view.status().equals(status);
    }

    private static boolean isSatisfied(ExpressionScope scope, String id) {
        StepView view = scope.steps().get(id);
        return view != null && view.satisfied();
    }
}
