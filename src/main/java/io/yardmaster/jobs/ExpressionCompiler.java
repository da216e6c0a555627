package io.yardmaster.jobs;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.cel.bundle.Cel;
import dev.cel.bundle.CelFactory;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelMutableAst;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import dev.cel.extensions.CelExtensions;
import dev.cel.extensions.CelStringExtensions.Function;
import dev.cel.parser.CelMacro;
import dev.cel.parser.CelMacroExprFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Compiles the CEL expressions of one place in a job: names, types and cost are known before anything runs. */
final class ExpressionCompiler {

    static final String ALWAYS = "@always";
    static final String FAILURE = "@failure";
    static final String SUCCESS = "@success";

    /** The failure of a gate at which nobody decided in time, where that means refusal. */
    private static final String DENIED_BY_EXPIRY = "denied-by-expiry";

    /** What the functions about how needed steps ended become; nobody can write these names. */
    static final Set<String> OUTCOMES = Set.of(ALWAYS, FAILURE, SUCCESS);

    private static final int MAX_LENGTH = 4096;

    private static final CelOptions OPTIONS = CelOptions.current()
            .maxExpressionCodePointSize(MAX_LENGTH)
            .maxParseRecursionDepth(64)
            .comprehensionMaxIterations(1_000)
            .maxRegexProgramSize(1_000)
            .enableHeterogeneousNumericComparisons(true)
            .enableQuotedIdentifierSyntax(true)
            .build();

    /** All but {@code replace}: applied to its own result it makes text grow without bound. */
    private static final Function[] STRING_FUNCTIONS = {
        Function.CHAR_AT,
        Function.INDEX_OF,
        Function.JOIN,
        Function.LAST_INDEX_OF,
        Function.LOWER_ASCII,
        Function.SPLIT,
        Function.SUBSTRING,
        Function.TRIM,
        Function.UPPER_ASCII
    };

    private static final List<CelMacro> MACROS = List.of(
            CelMacro.newGlobalMacro("always", 0, (factory, _, _) -> Optional.of(factory.newIdentifier(ALWAYS))),
            CelMacro.newGlobalMacro("failure", 0, (factory, _, _) -> Optional.of(factory.newIdentifier(FAILURE))),
            CelMacro.newGlobalMacro("success", 0, (factory, _, _) -> Optional.of(factory.newIdentifier(SUCCESS))),
            CelMacro.newGlobalMacro(
                    "denied", 1, (factory, _, arguments) -> failedWith(factory, "denied", arguments.getFirst())),
            CelMacro.newGlobalMacro(
                    "expired", 1, (factory, _, arguments) -> failedWith(factory, "expired", arguments.getFirst())));

    private final ExpressionContext context;
    private final Cel cel;

    ExpressionCompiler(ExpressionContext context) {
        this.context = context;
        this.cel = environment(context);
    }

    /** Compiles an expression of any type. */
    Expression compile(String text) throws ExpressionFault {
        return compiled(text).expression();
    }

    /** Compiles the {@code when} of a step. */
    Condition condition(String text) throws ExpressionFault {
        Compiled compiled = compiled(text);
        CelType type = compiled.type();
        if (!type.equals(SimpleType.BOOL) && !type.equals(SimpleType.DYN)) {
            throw new ExpressionFault("a condition is true or false, this is of type " + type.name());
        }
        return new Condition(compiled.expression(), compiled.asksForOutcome());
    }

    private Compiled compiled(String text) throws ExpressionFault {
        if (text.isBlank()) {
            throw new ExpressionFault("the expression is empty");
        }
        if (text.length() > MAX_LENGTH) {
            throw new ExpressionFault("the expression is longer than " + MAX_LENGTH + " characters");
        }
        try {
            CelMutableAst parsed = CelMutableAst.fromCelAst(valid(cel.parse(text)));
            ExpressionReferences references = ExpressionReferences.check(parsed, context);
            CelAbstractSyntaxTree checked = valid(cel.check(parsed.toParsedAst()));
            Expression expression =
                    new Expression(text, cel.createProgram(checked), context, Set.copyOf(references.steps()));
            return new Compiled(expression, checked.getResultType(), references.asksForOutcome());
        } catch (CelValidationException | CelEvaluationException e) {
            throw new ExpressionFault(String.valueOf(e.getMessage()));
        }
    }

    private record Compiled(Expression expression, CelType type, boolean asksForOutcome) {}

    private static CelAbstractSyntaxTree valid(CelValidationResult result)
            throws ExpressionFault, CelValidationException {
        if (result.hasError()) {
            throw new ExpressionFault(
                    result.getErrors().stream().map(ExpressionCompiler::text).collect(Collectors.joining("; ")));
        }
        return result.getAst();
    }

    private static String text(CelIssue issue) {
        String message = issue.getMessage().replace(" (in container '')", "");
        int candidates = message.indexOf(" (candidates:");
        int column = issue.getSourceLocation().getColumn();
        return (candidates < 0 ? message : message.substring(0, candidates))
                + (column < 0 ? "" : " (at character " + (column + 1) + ")");
    }

    /**
     * {@code denied('gate')}, {@code expired('gate')}: the step failed, and this is why. A gate at which silence means
     * refusal has both expired and been denied.
     */
    private static Optional<CelExpr> failedWith(CelMacroExprFactory factory, String code, CelExpr step) {
        if (step.getKind() != Kind.CONSTANT || step.constant().getKind() != CelConstant.Kind.STRING_VALUE) {
            return Optional.of(factory.reportError("%s() takes the id of a step in quotes", code));
        }
        CelExpr matches = factory.newGlobalCall(
                "_||_", failureIs(factory, step, code), failureIs(factory, step, DENIED_BY_EXPIRY));
        return Optional.of(factory.newGlobalCall("_&&_", factory.newIdentifier(ALWAYS), matches));
    }

    private static CelExpr failureIs(CelMacroExprFactory factory, CelExpr step, String code) {
        CelExpr steps = factory.newIdentifier("steps");
        CelExpr failure = factory.newSelect(
                factory.newSelect(steps, step.constant().stringValue(), false), "failure_code", false);
        return factory.newGlobalCall("_==_", failure, factory.newStringLiteral(code));
    }

    private static Cel environment(ExpressionContext context) {
        List<CelType> types = new ArrayList<>();
        CelType args = context.openArgs() ? CelTypes.OBJECT : struct("args", context.args(), types);
        Map<String, CelType> steps = new LinkedHashMap<>();
        context.steps().forEach((id, shape) -> {
            CelType one = shape.open() ? SimpleType.DYN : struct("outputs of " + id, shape.outputs(), types);
            CelType outputs = shape.repeated() ? ListType.create(one) : one;
            steps.put(
                    id,
                    struct(
                            "step " + id,
                            Map.of("outputs", outputs, "status", SimpleType.STRING, "failure_code", SimpleType.STRING),
                            types));
        });
        CelType run = struct(
                "run",
                Map.of("id", SimpleType.STRING, "job_id", SimpleType.STRING, "tenant", SimpleType.STRING),
                types);
        return CelFactory.plannerCelBuilder()
                .setOptions(OPTIONS)
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .addMacros(MACROS)
                .addCompilerLibraries(CelExtensions.strings(STRING_FUNCTIONS), CelExtensions.math())
                .addRuntimeLibraries(CelExtensions.strings(STRING_FUNCTIONS), CelExtensions.math())
                .addVar("args", args)
                .addVar("steps", struct("steps", steps, types))
                .addVar("run", run)
                .addVar("matrix", struct("matrix", context.matrix(), types))
                .addVar(ALWAYS, SimpleType.BOOL)
                .addVar(FAILURE, SimpleType.BOOL)
                .addVar(SUCCESS, SimpleType.BOOL)
                .setTypeProvider(new KnownTypes(ImmutableList.copyOf(types)))
                .build();
    }

    /** A type with these fields; its name cannot be written in an expression, so it hides no variable. */
    private static CelType struct(String name, Map<String, CelType> fields, List<CelType> known) {
        ImmutableMap<String, CelType> types = ImmutableMap.copyOf(fields);
        StructType type =
                StructType.create("of " + name, types.keySet(), field -> Optional.ofNullable(types.get(field)));
        known.add(type);
        return type;
    }

    private record KnownTypes(ImmutableList<CelType> all) implements CelTypeProvider {
        @Override
        public ImmutableCollection<CelType> types() {
            return all;
        }

        @Override
        public Optional<CelType> findType(String name) {
            return all.stream().filter(type -> type.name().equals(name)).findFirst();
        }
    }
}
