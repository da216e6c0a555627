package io.yardmaster.artifacts;

import io.yardmaster.kernel.RunId;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants to keep with a run.
 *
 * @param mediaType null: what the name tells
 * @param key what it is to be known by beyond the run; null: nothing
 * @param digests what the bytes have to add up to
 * @param length how many bytes were announced; negative: none were
 */
public record Upload(
        RunId runId,
        String name,
        @Nullable String mediaType,
        @Nullable String key,
        KeyMode keyMode,
        ExpectedDigests digests,
        long length) {}
