package io.yardmaster.jobs;

import java.util.Set;
import java.util.SortedMap;

/**
 * What steps take over from the job where they say nothing themselves.
 *
 * @param secrets the names of the secret arguments, of which steps may name some
 * @param artifacts reads those of a step
 */
record JobDefaults(
        ExecutorKind executor,
        UlcProfile profile,
        SortedMap<String, Template> env,
        Set<String> secrets,
        ArtifactReader artifacts) {}
