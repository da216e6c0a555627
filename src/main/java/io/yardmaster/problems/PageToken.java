package io.yardmaster.problems;

import io.yardmaster.problems.ProblemException.Fault;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import java.util.zip.CRC32;

/**
 * Where a list goes on, as callers carry it from page to page. It belongs to one list, that is to certain filters in a
 * certain order, and is refused by any other.
 */
public final class PageToken {

    private static final int LIST_BYTES = 8;

    private PageToken() {}

    /**
     * A token of a list.
     *
     * @param list the filters and the order in words of the server's own; the same list always has the same
     * @param position the last item of the page that the token comes with
     */
    public static String write(String list, String position) {
        byte[] place = position.getBytes(StandardCharsets.UTF_8);
        byte[] content = ByteBuffer.allocate(LIST_BYTES + place.length)
                .put(identity(list))
                .put(place)
                .array();
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(ByteBuffer.allocate(Integer.BYTES + content.length)
                        .putInt(sum(content))
                        .put(content)
                        .array());
    }

    /**
     * The position that was written into a token.
     *
     * @param read reads it; what it cannot read was not written here, as whoever knows how can make a token
     * @throws ProblemException {@code validation-error} where it is no token, or one of another list
     */
    public static <T> T position(String token, String list, Function<String, T> read) {
        ByteBuffer bytes = decode(token);
        byte[] written = new byte[LIST_BYTES];
        bytes.get(written);
        if (!MessageDigest.isEqual(written, identity(list))) {
            throw refused(
                    "page_token belongs to a list with other filters or in another order. Keep them as they were for"
                            + " the page before, or leave page_token out to begin anew.");
        }
        try {
            return read.apply(StandardCharsets.UTF_8.decode(bytes).toString());
        } catch (RuntimeException e) {
            throw notOurs();
        }
    }

    private static ByteBuffer decode(String token) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException e) {
            throw notOurs();
        }
        if (bytes.length <= Integer.BYTES + LIST_BYTES) {
            throw notOurs();
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int sum = buffer.getInt();
        byte[] content = new byte[buffer.remaining()];
        buffer.get(content);
        if (sum != sum(content)) {
            throw notOurs();
        }
        return ByteBuffer.wrap(content);
    }

    private static ProblemException notOurs() {
        return refused("page_token is not one that a page of this list came with. Use the next_page_token of the page"
                + " before, or leave page_token out to begin anew.");
    }

    private static ProblemException refused(String message) {
        return ProblemException.validation(List.of(new Fault("page_token", message, "page-token")));
    }

    private static int sum(byte[] content) {
        CRC32 sum = new CRC32();
        sum.update(content);
        return (int) sum.getValue();
    }

    private static byte[] identity(String list) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(list.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.allocate(LIST_BYTES).put(digest, 0, LIST_BYTES).array();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
