package io.yardmaster.artifacts.web;

import java.nio.charset.StandardCharsets;

/**
 * The name under which a browser saves an artifact. A step may name a file as it likes; here it cannot leave the folder
 * of downloads, end a header, or look like something else than it is.
 */
final class DownloadName {

    private static final int LONGEST = 150;
    private static final String OF_THE_SYSTEM = "\\/:*?\"<>|";
    private static final String PLAIN_IN_A_HEADER = "!#$&+-.^_`|~";

    private DownloadName() {}

    /** The value of {@code Content-Disposition} (RFC 6266) for an artifact of this name. */
    static String attachment(String artifact) {
        String name = of(artifact);
        String ascii = name.codePoints()
                .map(c -> c < 0x7f && c != '%' ? c : '_')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        String header = "attachment; filename=\"" + ascii + "\"";
        return ascii.equals(name) ? header : header + "; filename*=UTF-8''" + encoded(name);
    }

    static String of(String artifact) {
        String last = artifact.substring(artifact.lastIndexOf('/') + 1);
        StringBuilder name = new StringBuilder();
        last.codePoints().limit(LONGEST).map(c -> isHarmless(c) ? c : '_').forEach(name::appendCodePoint);
        // A leading dot hides the file, and some systems drop dots and spaces at the end.
        String text = name.toString().strip().replaceAll("^\\.+", "_").replaceAll("[. ]+$", "_");
        return text.isEmpty() ? "artifact" : text;
    }

    private static boolean isHarmless(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> OF_THE_SYSTEM.indexOf(c) < 0;
        };
    }

    private static String encoded(String name) {
        StringBuilder text = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = (b >= 'a' && b <= 'z')
                    || (b >= 'A' && b <= 'Z')
                    || (b >= '0' && b <= '9')
                    || (b > 0 && PLAIN_IN_A_HEADER.indexOf(b) >= 0);
            text.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b & 0xff));
        }
        return text.toString();
    }
}
