package io.yardmaster.kernel;

import java.util.Optional;
import java.util.UUID;

/** The text form shared by all typed ids: a prefix and a UUID in Crockford's base32, as a ULID writes its 128 bits. */
final class TypedId {

    private static final String DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int LENGTH = 26;

    private TypedId() {}

    static String format(String prefix, UUID id) {
        char[] text = new char[LENGTH];
        long high = id.getMostSignificantBits();
        long low = id.getLeastSignificantBits();
        for (int i = LENGTH - 1; i >= 0; i--) {
            text[i] = DIGITS.charAt((int) (low & 31));
            low = (low >>> 5) | (high << 59);
            high >>>= 5;
        }
        return prefix + new String(text);
    }

    static Optional<UUID> parse(String prefix, String text) {
        // 26 digits hold 130 bits: a first digit above 7 would lose two of them.
        if (text.length() != prefix.length() + LENGTH
                || !text.startsWith(prefix)
                || text.charAt(prefix.length()) > '7') {
            return Optional.empty();
        }
        long high = 0;
        long low = 0;
        for (int i = prefix.length(); i < text.length(); i++) {
            int digit = DIGITS.indexOf(text.charAt(i));
            if (digit < 0) {
                return Optional.empty();
            }
            high = (high << 5) | (low >>> 59);
            low = (low << 5) | digit;
        }
        return Optional.of(new UUID(high, low));
    }
}
