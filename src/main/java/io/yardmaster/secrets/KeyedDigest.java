package io.yardmaster.secrets;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Digests that can be compared later, and are of no use to whoever reads them without the key: a plain digest of
 * something short could be tried out. They say which key they were made with, so that keys can be rotated.
 */
public class KeyedDigest {

    private static final int NAME = 8;

    private final List<Keyed> keys = new ArrayList<>();

    KeyedDigest(SecretKeys secretKeys) {
        for (SecretKey key : secretKeys.all()) {
            // A key does one thing only: those for digests are derived.
            SecretKey derived = new SecretKeySpec(
                    Hmac.of(key, "yardmaster comparisons".getBytes(StandardCharsets.UTF_8)), "HmacSHA256");
            byte[] name = Arrays.copyOf(Hmac.of(derived, "name".getBytes(StandardCharsets.UTF_8)), NAME);
            keys.add(new Keyed(name, derived));
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // compared by its bytes
    private record Keyed(byte[] name, SecretKey key) {}

    /** Of these bytes, with the key in use. */
    public byte[] of(byte[] bytes) {
        Keyed current = keys.getFirst();
        byte[] mac = Hmac.of(current.key(), bytes);
        return ByteBuffer.allocate(NAME + mac.length)
                .put(current.name())
                .put(mac)
                .array();
    }

    /** Whether a digest may be that of these bytes. One made with a key that this server does not have may be of any. */
    public boolean mayBe(byte[] digest, byte[] bytes) {
        byte[] name = Arrays.copyOf(digest, NAME);
        byte[] mac = Arrays.copyOfRange(digest, NAME, digest.length);
        return keys.stream()
                .filter(keyed -> Arrays.equals(keyed.name(), name))
                .findFirst()
                .map(keyed -> MessageDigest.isEqual(mac, Hmac.of(keyed.key(), bytes)))
                .orElse(true);
    }
}
