package io.yardmaster.jobs;

import dev.cel.common.types.CelType;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an expression at one place of a job may refer to.
 *
 * @param args the types of the arguments that are not secret
 * @param openArgs whether arguments beyond these may be given
 * @param secrets the names of the secret arguments; never in scope
 * @param steps the steps whose outputs are there: those the place needs, directly or through others
 * @param otherSteps the job's other steps
 * @param matrix the types of the step's own values, where it is one of several instances
 * @param needs the steps whose outcome {@code success()} asks for
 */
record ExpressionContext(
        Map<String, CelType> args,
        boolean openArgs,
        Set<String> secrets,
        Map<String, StepShape> steps,
        Set<String> otherSteps,
        Map<String, CelType> matrix,
        List<String> needs) {

    /**
     * What is known of a step's outputs before it ran.
     *
     * @param open whether there may be outputs beyond these
     * @param repeated whether they are a list with one element for each instance
     */
    record StepShape(Map<String, CelType> outputs, boolean open, boolean repeated) {}

    /** The same place with other steps in scope. */
    ExpressionContext withSteps(Map<String, StepShape> visible, Set<String> others, List<String> direct) {
        return new ExpressionContext(args, openArgs, secrets, visible, others, matrix, direct);
    }

    /** The same place with the values of an instance in scope. */
    ExpressionContext withMatrix(Map<String, CelType> types) {
        return new ExpressionContext(args, openArgs, secrets, steps, otherSteps, types, needs);
    }
}
