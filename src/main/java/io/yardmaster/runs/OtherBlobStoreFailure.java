package io.yardmaster.runs;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what to set when a server refuses to start with a store of its own. */
final class OtherBlobStoreFailure extends AbstractFailureAnalyzer<OtherBlobStoreException> {

    @Override
    protected FailureAnalysis analyze(Throwable root, OtherBlobStoreException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Set yardmaster.blobs of all servers to one folder or bucket that they share, or give this one a"
                        + " database of its own.",
                cause);
    }
}
