package io.yardmaster.jobs;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what to set when the server refuses to start with its sources. */
final class SourceConfigurationFailure extends AbstractFailureAnalyzer<SourceConfigurationException> {

    @Override
    protected FailureAnalysis analyze(Throwable root, SourceConfigurationException cause) {
        return new FailureAnalysis(cause.getMessage(), cause.action(), cause);
    }
}
