package io.yardmaster.executors;

import java.nio.file.Path;

/**
 * A file that a step left in its artifacts folder.
 *
 * @param name relative to that folder, with slashes
 * @param size in bytes
 */
public record ArtifactFile(String name, Path path, long size) {}
