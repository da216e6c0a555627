package io.yardmaster.jobs;

/** A source is configured in a way that cannot work. */
final class SourceConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    SourceConfigurationException(String message, String action) {
        super(message);
        this.action = action;
    }

    String action() {
        return action;
    }
}
