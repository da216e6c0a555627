package io.yardmaster.jobs;

import io.yardmaster.kernel.Sha256;
import java.nio.file.Path;

/**
 * The immutable bytes behind job versions. For the server's own machinery: whether somebody may see a version was
 * decided when the run or plan that names it was made.
 */
public class JobVersions {

    /**
     * What a version says. Kept in memory.
     *
     * @throws io.yardmaster.problems.ProblemException where the version is not there or is no longer understood
     */
    public JobDefinition definition(JobId jobId, Sha256 digest) {
        throw new UnsupportedOperationException();
    }

    /**
     * Writes a version's files beneath {@code into}, which is created: read-only, with their executable bits, under the
     * names they had.
     */
    public void extract(Sha256 digest, Path into) {
        throw new UnsupportedOperationException();
    }
}
