package io.yardmaster.jobs;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a step is run several times.
 *
 * @param cells the values of each instance, in the order of the instances
 * @param maxParallel how many instances may be under way at once
 * @param failFast whether the first one that fails ends the others
 */
public record Matrix(List<ObjectNode> cells, int maxParallel, boolean failFast) {

    public Matrix {
        cells = List.copyOf(cells);
    }

    /**
     * One of several runs of a step.
     *
     * @param of the id of the step
     * @param index from 0
     * @param values the instance's own value of each name of the matrix; must not be changed
     */
    public record Instance(String of, int index, ObjectNode values) {

        /** The instance's id, which no step of a job can have. */
        String id() {
            return of + "." + index;
        }
    }
}
