package io.yardmaster.jobs;

import org.jspecify.annotations.Nullable;

/** A class of failures that is tried again. */
public sealed interface RetryMatch {

    /** Whether a failure of this category and exit code belongs to the class. */
    boolean matches(String failureCategory, @Nullable Integer exitCode);

    /** The spelling in a job's {@code config.yaml} and in the API. */
    String label();

    /** All failures of one category: {@code application}, {@code system}, {@code timeout} or {@code resource}. */
    record Category(String name) implements RetryMatch {
        @Override
        public boolean matches(String failureCategory, @Nullable Integer exitCode) {
            return name.equals(failureCategory);
        }

        @Override
        public String label() {
            return name;
        }
    }

    /** A program that ended by itself with this exit code; written {@code exit:75}. */
    record ExitCode(int code) implements RetryMatch {
        @Override
        public boolean matches(String failureCategory, @Nullable Integer exitCode) {
            return exitCode != null && exitCode == code && failureCategory.equals("application");
        }

        @Override
        public String label() {
            return "exit:" + code;
        }
    }
}
