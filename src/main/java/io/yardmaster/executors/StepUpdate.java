package io.yardmaster.executors;

import tools.jackson.databind.node.ObjectNode;

/**
 * Something that a running step is asked for and answers.
 *
 * @param number its place among those of the run; a step gets them in this order
 * @param id names it for whoever asks
 */
public record StepUpdate(long number, String id, String name, ObjectNode payload) {}
