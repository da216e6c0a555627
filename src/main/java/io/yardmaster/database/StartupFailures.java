package io.yardmaster.database;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;

/** Says in two sentences, instead of a stack trace, why the server did not start and what to do. */
final class StartupFailures {

    private StartupFailures() {}

    static final class DataDirectoryInUse extends AbstractFailureAnalyzer<DataDirectoryInUseException>
            implements FailureAnalyzer {
        @Override
        protected FailureAnalysis analyze(Throwable root, DataDirectoryInUseException cause) {
            return new FailureAnalysis(
                    cause.getMessage(), "Stop that server, or give this one a yardmaster.data-dir of its own.", cause);
        }
    }

    static final class DataDirectoryUnusable extends AbstractFailureAnalyzer<DataDirectoryUnusableException>
            implements FailureAnalyzer {
        @Override
        protected FailureAnalysis analyze(Throwable root, DataDirectoryUnusableException cause) {
            return new FailureAnalysis(
                    cause.getMessage(),
                    "Give the folder to the user that the server runs as, or set yardmaster.data-dir to another one.",
                    cause);
        }
    }

    static final class EmbeddedPostgresFailed extends AbstractFailureAnalyzer<EmbeddedPostgresException>
            implements FailureAnalyzer {
        @Override
        protected FailureAnalysis analyze(Throwable root, EmbeddedPostgresException cause) {
            return new FailureAnalysis(cause.getMessage(), cause.action(), cause);
        }
    }
}
