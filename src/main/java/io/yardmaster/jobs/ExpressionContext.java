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
 * @param needs the steps whose outcome {@code success()} asks for
 */
record ExpressionContext(
        Map<String, CelType> args,
        boolean openArgs,
        Set<String> secrets,
        Map<String, StepShape> steps,
        Set<String> otherSteps,
        List<String> needs) {

    /**
     * What is known of a step's outputs before it ran.
     *
     * @param open whether there may be outputs beyond these
     */
    record StepShape(Map<String, CelType> outputs, boolean open) {}

    /** The same place with other steps in scope. */
    ExpressionContext withSteps(Map<String, StepShape> visible, Set<String> others, List<String> direct) {
        return new ExpressionContext(args, openArgs, secrets, visible, others, direct);
    }
}
