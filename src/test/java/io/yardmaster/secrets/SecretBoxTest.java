package io.yardmaster.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretBoxTest {

    private static final String OLD = key("old", 1);
    private static final String NEW = key("new", 2);
    private static final byte[] SECRET = "hunter2".getBytes(StandardCharsets.UTF_8);

    @Test
    void what_was_sealed_is_opened_in_its_own_context_only() {
        SecretBox box = box(OLD);
        byte[] sealed = box.seal(SECRET, "run_1/token");

        assertThat(box.open(sealed, "run_1/token")).isEqualTo(SECRET);
        assertThat(new String(sealed, StandardCharsets.ISO_8859_1)).doesNotContain("hunter2");
        assertThat(box.seal(SECRET, "run_1/token")).isNotEqualTo(sealed);
        assertThatThrownBy(() -> box.open(sealed, "run_2/token")).isInstanceOf(SecretUnreadableException.class);
    }

    @Test
    void every_changed_byte_is_noticed() {
        SecretBox box = box(OLD);
        byte[] sealed = box.seal(SECRET, "a");
        for (int i = 0; i < sealed.length; i++) {
            byte[] changed = sealed.clone();
            changed[i] ^= 1;
            assertThatThrownBy(() -> box.open(changed, "a")).isInstanceOf(SecretUnreadableException.class);
        }
        assertThatThrownBy(() -> box.open(new byte[] {1, 3}, "a")).isInstanceOf(SecretUnreadableException.class);
    }

    @Test
    void a_rotated_key_still_opens_and_a_removed_one_does_not() {
        byte[] sealed = box(OLD).seal(SECRET, "a");

        assertThat(box(NEW, OLD).open(sealed, "a")).isEqualTo(SECRET);
        assertThatThrownBy(() -> box(NEW).open(sealed, "a"))
                .isInstanceOf(SecretUnreadableException.class)
                .hasMessageContaining("'old'");
    }

    @Test
    void digests_are_equal_under_the_same_key_only() {
        assertThat(box(OLD).hmac(SECRET)).isEqualTo(box(OLD, NEW).hmac(SECRET));
        assertThat(box(OLD).hmac(SECRET)).isNotEqualTo(box(NEW).hmac(SECRET));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nokey", "id:dG9vIHNob3J0", "id:!!!", "a b:AAAA", ":AAAA"})
    void a_bad_key_is_refused_without_showing_it(String key) {
        assertThatThrownBy(() -> SecretKeys.parse(List.of(key)))
                .isInstanceOf(SecretKeysException.class)
                .hasMessageContaining("yardmaster.secrets.keys[0]")
                .hasMessageNotContaining(key);
    }

    @Test
    void no_key_at_all_is_refused() {
        assertThatThrownBy(() -> SecretKeys.parse(List.of())).isInstanceOf(SecretKeysException.class);
    }

    private static SecretBox box(String... keys) {
        return new SecretBox(SecretKeys.parse(List.of(keys)));
    }

    private static String key(String id, int fill) {
        byte[] bytes = new byte[SecretKeys.BYTES];
        Arrays.fill(bytes, (byte) fill);
        return id + ":" + Base64.getEncoder().encodeToString(bytes);
    }
}
