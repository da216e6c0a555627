package io.yardmaster.jobs;

import dev.cel.common.CelMutableAst;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import dev.cel.common.ast.CelMutableExpr;
import dev.cel.common.ast.CelMutableExpr.CelMutableSelect;
import dev.cel.common.navigation.CelNavigableMutableAst;
import dev.cel.common.navigation.CelNavigableMutableExpr;
import io.yardmaster.jobs.ExpressionContext.StepShape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Checks what a parsed expression refers to, with messages that know about arguments, secrets and steps. */
final class ExpressionReferences {

    private static final Set<String> ROOTS = Set.of("args", "steps", "run", "matrix");
    private static final Set<String> STEP_FIELDS = Set.of("outputs", "status", "failure_code");
    private static final Set<String> RUN_FIELDS = Set.of("id", "job_id", "tenant");

    private final ExpressionContext context;
    private final Set<String> steps = new TreeSet<>();
    private boolean asksForOutcome;

    private ExpressionReferences(ExpressionContext context) {
        this.context = context;
    }

    /** Checks each reference, and turns {@code steps['a-b']} into the field access it stands for. */
    static ExpressionReferences check(CelMutableAst ast, ExpressionContext context) throws ExpressionFault {
        ExpressionReferences references = new ExpressionReferences(context);
        nodes(ast).forEach(node -> fieldForIndex(node.expr()));
        for (CelNavigableMutableExpr node : nodes(ast)) {
            references.visit(node);
        }
        return references;
    }

    /** The steps the expression looks at. */
    Set<String> steps() {
        return steps;
    }

    /** Whether the expression calls one of the functions about how needed steps ended. */
    boolean asksForOutcome() {
        return asksForOutcome;
    }

    private static List<CelNavigableMutableExpr> nodes(CelMutableAst ast) {
        return CelNavigableMutableAst.fromAst(ast).getRoot().allNodes().toList();
    }

    private static void fieldForIndex(CelMutableExpr node) {
        if (node.getKind() != Kind.CALL || !node.call().function().equals("_[_]")) {
            return;
        }
        CelMutableExpr operand = node.call().args().getFirst();
        CelMutableExpr index = node.call().args().getLast();
        if (isRooted(operand)
                && index.getKind() == Kind.CONSTANT
                && index.constant().getKind() == CelConstant.Kind.STRING_VALUE) {
            node.setSelect(CelMutableSelect.create(operand, index.constant().stringValue()));
        }
    }

    private static boolean isRooted(CelMutableExpr node) {
        return switch (node.getKind()) {
            case IDENT -> ROOTS.contains(node.ident().name());
            case SELECT -> isRooted(node.select().operand());
            case CALL ->
                node.call().function().equals("_[_]")
                        && isRooted(node.call().args().getFirst());
            default -> false;
        };
    }

    private void visit(CelNavigableMutableExpr node) throws ExpressionFault {
        if (node.getKind() == Kind.COMPREHENSION
                && ROOTS.contains(node.expr().comprehension().iterVar())) {
            throw new ExpressionFault("'" + node.expr().comprehension().iterVar()
                    + "' has a meaning already; name the variable otherwise");
        }
        if (node.getKind() != Kind.IDENT) {
            return;
        }
        String name = node.expr().ident().name();
        asksForOutcome |= ExpressionCompiler.OUTCOMES.contains(name);
        Optional<String> field = fieldOf(node);
        switch (name) {
            case "args" -> {
                if (field.isPresent()) {
                    argument(field.get());
                }
            }
            case "steps" ->
                step(
                        node,
                        field.orElseThrow(() ->
                                new ExpressionFault("'steps' alone is no value; write steps.<id>.outputs.<name>")));
            case "run" -> {
                if (field.isPresent()) {
                    known("a field of 'run'", field.get(), RUN_FIELDS);
                }
            }
            case "matrix" -> {
                if (context.matrix().isEmpty()) {
                    throw new ExpressionFault("'matrix' has a meaning only in a step that has a matrix");
                }
                if (field.isPresent()) {
                    known(
                            "a name of the step's matrix",
                            field.get(),
                            context.matrix().keySet());
                }
            }
            default -> {}
        }
    }

    private void argument(String name) throws ExpressionFault {
        if (context.secrets().contains(name)) {
            throw new ExpressionFault("'" + name + "' is a secret and never in scope of an expression; "
                    + "the step's program reads it from a file in $YM_SECRETS_DIR");
        }
        if (!context.openArgs()) {
            known("an argument of this job", name, context.args().keySet());
        }
    }

    private void step(CelNavigableMutableExpr node, String id) throws ExpressionFault {
        Map<String, StepShape> visible = context.steps();
        if (context.otherSteps().contains(id)) {
            throw new ExpressionFault("step '" + id + "' is not in scope here: only steps that are needed, directly or "
                    + "through others, have ended before; add it to 'needs'");
        }
        known("a step of this job", id, visible.keySet());
        steps.add(id);
        Optional<CelNavigableMutableExpr> stepNode = node.parent();
        Optional<String> field = stepNode.flatMap(ExpressionReferences::fieldOf);
        if (field.isEmpty()) {
            return;
        }
        known("a field of a step", field.get(), STEP_FIELDS);
        StepShape shape = visible.get(id);
        Optional<String> output =
                stepNode.flatMap(CelNavigableMutableExpr::parent).flatMap(ExpressionReferences::fieldOf);
        if (field.get().equals("outputs") && output.isPresent() && shape != null && shape.repeated()) {
            throw new ExpressionFault("the outputs of step '" + id
                    + "' are a list, one element for each of its instances: write steps." + id + ".outputs[0]."
                    + output.get());
        }
        if (field.get().equals("outputs") && output.isPresent() && shape != null && !shape.open()) {
            known(
                    "an output of step '" + id + "'",
                    output.get(),
                    shape.outputs().keySet());
        }
    }

    /** The field that is taken of this node, where its parent takes one. */
    private static Optional<String> fieldOf(CelNavigableMutableExpr node) {
        return node.parent()
                .filter(parent -> parent.getKind() == Kind.SELECT)
                .map(parent -> parent.expr().select().field());
    }

    private static void known(String kind, String name, Set<String> candidates) throws ExpressionFault {
        if (!candidates.contains(name)) {
            throw new ExpressionFault("'" + name + "' is not " + kind + Spelling.hint(name, candidates));
        }
    }
}
