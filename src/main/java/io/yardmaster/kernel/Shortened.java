package io.yardmaster.kernel;

/** Text that may be longer than what there is room for. */
public final class Shortened {

    private Shortened() {}

    /** The text itself, or its beginning and an ellipsis, together of this length at most; no character is cut in half. */
    public static String to(int longest, String text) {
        if (text.length() <= longest) {
            return text;
        }
        int end = longest - 1;
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
