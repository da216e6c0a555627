package io.yardmaster.executors;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads {@code $YM_SUMMARY}: Markdown for people, who rather see the beginning of a long one than a failed step. */
final class StepSummary {

    private StepSummary() {}

    static Optional<String> read(Path file, List<String> faults) {
        return StepFile.bytes(file, "$YM_SUMMARY", faults).map(StepSummary::text);
    }

    private static String text(byte[] bytes) {
        int length = Math.min(bytes.length, StepFile.LIMIT);
        if (bytes.length > length) {
            while (length > 0 && (bytes[length] & 0xC0) == 0x80) {
                length--;
            }
        }
        String text = new String(bytes, 0, length, StandardCharsets.UTF_8).replace('\0', '\uFFFD');
        return bytes.length > StepFile.LIMIT ? text + StepFiles.SUMMARY_CUT : text;
    }
}
