package io.yardmaster.engine;

/** Bounds of the engine that callers can meet. */
public interface EngineLimits {

    /** How many runs this server drives at once. */
    int maxConcurrentRuns();
}
