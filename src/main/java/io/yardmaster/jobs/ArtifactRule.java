package io.yardmaster.jobs;

import org.jspecify.annotations.Nullable;

/**
 * Files of the workspace that a step leaves behind as artifacts.
 *
 * @param path a glob beneath the workspace, such as {@code dist/*.tar.gz}; relative, without {@code ..}
 * @param name what the artifact is called; null: the file's own name
 * @param key what it is known by beyond its run; null: nothing
 */
public record ArtifactRule(
        String path, @Nullable String name, @Nullable ArtifactKey key) {}
