package io.yardmaster.secrets;

import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** The keys in use, by their ids; the first is the one that encrypts. */
final class SecretKeys {

    static final int BYTES = 32;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9-]{1,32}");

    private final Map<String, SecretKey> keys;

    private SecretKeys(Map<String, SecretKey> keys) {
        this.keys = keys;
    }

    /** Reads keys written {@code id:base64}. */
    static SecretKeys parse(List<String> written) {
        Map<String, SecretKey> keys = new LinkedHashMap<>();
        for (int i = 0; i < written.size(); i++) {
            String text = written.get(i).strip();
            int colon = text.indexOf(':');
            // Nothing of the text goes into a message: part of it may be a key.
            if (colon < 0 || !ID.matcher(text.substring(0, colon)).matches()) {
                throw new SecretKeysException("yardmaster.secrets.keys[" + i + "] is not written id:key.");
            }
            byte[] bytes = decode(text.substring(colon + 1), i);
            if (keys.put(text.substring(0, colon), new SecretKeySpec(bytes, "AES")) != null) {
                throw new SecretKeysException("yardmaster.secrets.keys[" + i + "] has the id of another key.");
            }
            Arrays.fill(bytes, (byte) 0);
        }
        if (keys.isEmpty()) {
            throw new SecretKeysException("There is no key to encrypt secrets with.");
        }
        return new SecretKeys(keys);
    }

    String currentId() {
        return keys.keySet().iterator().next();
    }

    SecretKey current() {
        return keys.values().iterator().next();
    }

    /** All of them, the one that encrypts first. */
    List<SecretKey> all() {
        return List.copyOf(keys.values());
    }

    Optional<SecretKey> byId(String id) {
        return Optional.ofNullable(keys.get(id));
    }

    private static byte[] decode(String text, int index) {
        try {
            byte[] bytes = Base64.getDecoder().decode(text.strip());
            if (bytes.length == BYTES) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new SecretKeysException("yardmaster.secrets.keys[" + index + "] is not 32 bytes in Base64.");
    }
}
