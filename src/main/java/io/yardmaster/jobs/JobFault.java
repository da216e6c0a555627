package io.yardmaster.jobs;

/**
 * One thing wrong with a job's folder.
 *
 * @param file relative to the folder
 * @param line from 1; 0 where no line is meant
 */
public record JobFault(String file, int line, String message) {

    @Override
    public String toString() {
        return line == 0 ? file + ": " + message : file + ":" + line + ": " + message;
    }
}
