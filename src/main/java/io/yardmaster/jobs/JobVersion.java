package io.yardmaster.jobs;

import io.yardmaster.kernel.Sha256;
import java.time.Instant;

/**
 * The exact bytes of a job at some time. Two versions with the same digest are the same files.
 *
 * @param source the name of the source it was seen in
 * @param digest over the job's tree: paths, executable bits and contents
 * @param bundle the archive of the tree in the blob store
 * @param bundleSize bytes of the archive
 * @param seenAt when the server first saw it
 */
public record JobVersion(String source, JobId jobId, Sha256 digest, Sha256 bundle, long bundleSize, Instant seenAt) {}
