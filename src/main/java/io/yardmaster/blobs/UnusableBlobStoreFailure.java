package io.yardmaster.blobs;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what to look at when a server cannot use its store. */
final class UnusableBlobStoreFailure extends AbstractFailureAnalyzer<UnusableBlobStoreException> {

    @Override
    protected FailureAnalysis analyze(Throwable root, UnusableBlobStoreException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Look at the settings that begin with yardmaster.blobs, at the credentials, and at whether the store"
                        + " can be reached from here.",
                cause);
    }
}
