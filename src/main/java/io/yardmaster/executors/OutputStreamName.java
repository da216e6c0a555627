package io.yardmaster.executors;

/** The two streams of a process. */
public enum OutputStreamName {
    STDOUT,
    STDERR
}
