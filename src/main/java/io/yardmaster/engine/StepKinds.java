package io.yardmaster.engine;

/**
 * Who looks after which kind of step of one run.
 *
 * @param running steps with a process
 * @param gates steps that ask people
 * @param signals steps that wait for messages
 * @param children steps that start runs
 * @param fanOut steps that are run several times
 * @param updates what steps with a process are asked while they run
 */
record StepKinds(
        RunningSteps running, Gates gates, Signals signals, Children children, FanOut fanOut, Updates updates) {}
