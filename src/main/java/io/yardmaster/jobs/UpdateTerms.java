package io.yardmaster.jobs;

import org.jspecify.annotations.Nullable;

/**
 * What a step says of an update that it handles.
 *
 * @param schema what its payload has to be; null: any object
 */
public record UpdateTerms(@Nullable Form schema) {}
