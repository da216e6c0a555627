package io.yardmaster.problems;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A problem's {@code instance}: always a URI reference, whatever was asked for. */
final class Instance {

    private static final String OF_A_PATH = "/-._~!$&'()*+,;=:@";

    /** The contract allows 2048 characters; of a path that has more the beginning says enough. */
    private static final int LONGEST = 2_000;

    private Instance() {}

    /**
     * The path that was asked for, with what no URI may hold percent-encoded.
     *
     * @param path null where it could not be read; then the occurrence is named by the id of the request
     */
    static String of(@Nullable String path, String requestId) {
        if (path == null || path.isEmpty()) {
            return isUuid(requestId) ? "urn:uuid:" + requestId : "#" + requestId;
        }
        StringBuilder reference = new StringBuilder(path.length());
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length && reference.length() < LONGEST; i++) {
            int b = bytes[i] & 0xff;
            if (isPlain(b) || (b == '%' && isEscape(bytes, i))) {
                reference.append((char) b);
            } else {
                reference.append('%').append(String.format("%02X", b));
            }
        }
        // Two slashes at the beginning would name a host.
        return reference.indexOf("//") == 0 ? "/." + reference : reference.toString();
    }

    private static boolean isPlain(int b) {
        return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || OF_A_PATH.indexOf(b) >= 0;
    }

    private static boolean isEscape(byte[] bytes, int at) {
        return at + 2 < bytes.length
                && Character.digit(bytes[at + 1], 16) >= 0
                && Character.digit(bytes[at + 2], 16) >= 0;
    }

    private static boolean isUuid(String id) {
        try {
            return UUID.fromString(id).toString().equals(id);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
