package io.yardmaster.secrets;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.kernel.OutputLine;
import io.yardmaster.kernel.OutputPart;
import io.yardmaster.testkit.RandomSecrets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What holds for any secret and any text around it. Each case comes from a seed of its own, printed where it fails;
 * {@code -Dmasking.seed} begins elsewhere, {@code -Dmasking.cases} tries more.
 */
class MaskingPropertyTest {

    /** What one language or another takes for white space, at the ends of a text. */
    private static final Pattern WHITE_ENDS =
            Pattern.compile("^[\\s\\p{Z}\\x1c-\\x1f\\x85\\ufeff]+|[\\s\\p{Z}\\x1c-\\x1f\\x85\\ufeff]+$");

    private static final long SEED = Long.getLong("masking.seed", 20_261_122);
    private static final int CASES = Integer.getInteger("masking.cases", 3_000);
    private static final String INNOCENT = "the quick brown fox, jumps; over 13 lazy dogs. ";

    @Test
    void a_secret_in_any_form_becomes_a_mask_and_nothing_else_changes_however_the_text_is_split() {
        int forms = 0;
        for (int i = 0; i < CASES; i++) {
            Random random = new Random(SEED + i);
            String secret = RandomSecrets.next(random, SecretMask.MINIMUM_LENGTH);
            SecretMask mask = SecretMask.of(List.of(secret));
            Encodings[] all = Encodings.values();
            for (int n = 0; n < 4; n++) {
                Case one = new Case(
                        secret,
                        mask,
                        all[(i * 4 + n) % all.length],
                        innocent(random),
                        innocent(random),
                        random.nextLong());
                if (one.encoding.of(secret).length() < SecretMask.MINIMUM_LENGTH) {
                    continue;
                }
                forms++;
                if (one.fails()) {
                    Case smaller = one.shrunk();
                    throw new AssertionError("seed " + (SEED + i) + ": " + smaller.explained());
                }
            }
        }
        System.out.println("masking: " + CASES + " secrets in " + forms + " forms, seed " + SEED);
    }

    @Test
    void a_secret_within_a_larger_base64_text_leaves_nothing_but_the_rest_of_its_groups() {
        for (int i = 0; i < CASES / 20; i++) {
            Random random = new Random(SEED + i);
            String secret = RandomSecrets.next(random, 12);
            String before = innocent(random);
            String larger = before + secret + innocent(random);
            for (Encodings encoding : List.of(
                    Encodings.BASE64, Encodings.BASE64_URL_UNPADDED, Encodings.BASE64_64, Encodings.BASE64_76)) {
                String encoded = encoding.of(larger);
                String masked = streamed(SecretMask.of(List.of(secret)), encoded, random.nextLong(), false);
                String stable = Encodings.BASE64_UNPADDED.of(secret).replace('+', '-');
                // What is left of the text is what decodes to the text around the secret, a group more at each end.
                String left = String.join("", masked.lines().toList()).replace("*", "");
                int around = Encodings.BASE64_UNPADDED.of(larger).length()
                        - Encodings.BASE64_UNPADDED.of(secret).length();
                assertThat(masked)
                        .as("seed %d, %s of %s", SEED + i, encoding, secret)
                        .contains("***")
                        .doesNotContain(stable);
                assertThat(left.replace("=", "").length())
                        .as("seed %d, %s: %s", SEED + i, encoding, masked)
                        .isLessThanOrEqualTo(around + 8);
            }
        }
    }

    @Test
    void what_only_looks_like_a_secret_stays_as_it_is() {
        for (int i = 0; i < CASES / 5; i++) {
            Random random = new Random(SEED + i);
            String secret = singleLine(random);
            int at = random.nextInt(secret.length());
            List<String> misses = List.of(
                    secret.substring(0, secret.length() - 1),
                    secret.substring(1),
                    secret.substring(0, at) + "\u4e2d" + secret.substring(at + 1),
                    secret.substring(0, at) + "\u4e2d" + secret.substring(at),
                    secret.substring(0, at) + "\n" + secret.substring(at),
                    new StringBuilder(secret).reverse().toString());
            SecretMask mask = SecretMask.of(List.of(secret));
            for (String miss : misses) {
                String text = innocent(random) + miss + innocent(random);
                if (!text.contains(WHITE_ENDS.matcher(secret).replaceAll("")) && !hasHalfCharacters(miss)) {
                    assertThat(streamed(mask, text, random.nextLong(), false))
                            .as("seed %d, secret %s", SEED + i, secret)
                            .isEqualTo(text);
                    assertThat(mask.mask(text)).isEqualTo(text);
                }
            }
        }
    }

    @Test
    void many_secrets_are_masked_at_once() {
        for (int i = 0; i < CASES / 1_000; i++) {
            Random random = new Random(SEED + i);
            List<String> secrets = new ArrayList<>();
            StringBuilder text = new StringBuilder();
            for (int n = 0; n < 100; n++) {
                String secret = RandomSecrets.next(random, 8);
                secrets.add(secret);
                text.append(innocent(random)).append(secret).append(random.nextBoolean() ? "\n" : "");
            }
            String masked = streamed(SecretMask.of(secrets), text.toString(), random.nextLong(), random.nextBoolean());
            assertThat(secrets).as("seed %d", SEED + i).noneMatch(masked::contains);
        }
    }

    @Test
    void a_secret_whose_lines_come_one_by_one_and_late_is_never_shown() {
        for (int i = 0; i < CASES / 10; i++) {
            Random random = new Random(SEED + i);
            String secret =
                    RandomSecrets.next(random, SecretMask.MINIMUM_LENGTH).replace("\r\n", "\n");
            String masked = streamed(
                    SecretMask.of(List.of(secret)),
                    innocent(random) + secret + innocent(random),
                    random.nextLong(),
                    true);
            assertThat(masked).as("seed %d", SEED + i).doesNotContain(secret);
            List<String> lines = secret.lines().toList();
            if (lines.size() > 1) {
                // All but a few characters of the first line, and those behind an innocent text on the last.
                assertThat(lines.subList(1, lines.size()))
                        .as("seed %d: %s", SEED + i, masked)
                        .noneMatch(line -> line.strip().length() >= 8 && masked.contains(line));
            }
        }
    }

    private static String singleLine(Random random) {
        while (true) {
            String secret = RandomSecrets.next(random, 5);
            if (secret.chars().noneMatch(c -> c == '\n' || c == '\r') && !secret.contains("  ")) {
                return secret;
            }
        }
    }

    private static boolean hasHalfCharacters(String text) {
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    private static String innocent(Random random) {
        int length = random.nextInt(120);
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            int from = random.nextInt(INNOCENT.length());
            text.append(INNOCENT, from, Math.min(from + 20, INNOCENT.length()))
                    .append(random.nextInt(6) == 0 ? "\n" : " ");
        }
        return text.append('|').toString();
    }

    /** The text as it comes out behind a mask, given in pieces as a follower of a file gives them. */
    private static String streamed(SecretMask mask, String text, long seed, boolean impatient) {
        Random random = new Random(seed);
        List<OutputPart> given = split(text, random);
        MaskedStream stream = new MaskedStream(mask);
        List<OutputPart> shown = new ArrayList<>();
        int next = 0;
        while (next < given.size()) {
            int end = Math.min(given.size(), next + 1 + random.nextInt(5));
            shown.addAll(stream.add(given.subList(next, end)));
            if (impatient && stream.isHolding() && random.nextBoolean()) {
                shown.addAll(stream.release());
            }
            next = end;
        }
        shown.addAll(stream.finish());
        assertThat(stream.isHolding()).isFalse();
        assertThat(shown.stream().map(OutputPart::endOffset).toList())
                .isEqualTo(given.stream().map(OutputPart::endOffset).toList());
        return joined(shown);
    }

    private static List<OutputPart> split(String text, Random random) {
        List<OutputPart> parts = new ArrayList<>();
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            boolean hasBreak = i < lines.length - 1;
            String line = hasBreak && lines[i].endsWith("\r") ? lines[i].substring(0, lines[i].length() - 1) : lines[i];
            while (line.length() > 1 && random.nextInt(4) == 0) {
                int cut = line.offsetByCodePoints(0, 1 + random.nextInt(line.codePointCount(0, line.length())));
                parts.add(part(line.substring(0, cut), false, parts.size()));
                line = line.substring(cut);
            }
            if (hasBreak || !line.isEmpty()) {
                parts.add(part(line, hasBreak, parts.size()));
            }
        }
        return parts;
    }

    private static OutputPart part(String text, boolean endsLine, long offset) {
        return new OutputPart(new OutputLine(Instant.EPOCH, text), endsLine, offset);
    }

    /** A mask on both sides of a cut counts as one. */
    private static String joined(List<OutputPart> parts) {
        return parts.stream()
                .map(part -> part.line().text() + (part.endsLine() ? "\n" : ""))
                .collect(Collectors.joining())
                .replaceAll("(\\*\\*\\*)+", "***");
    }

    private record Case(String secret, SecretMask mask, Encodings encoding, String before, String after, long seed) {

        boolean fails() {
            return !inStream().equals(expected()) || !inOnePiece().equals(expected());
        }

        String inStream() {
            return streamed(mask, text(), seed, false).replaceAll("(\\*\\*\\*\n+)+\\*\\*\\*", "***");
        }

        String inOnePiece() {
            return mask.mask(text()).replace("\r\n", "\n");
        }

        private String text() {
            return before + encoding.of(secret) + after;
        }

        private String expected() {
            return before + "***" + after;
        }

        Case shrunk() {
            return smaller()
                    .filter(smaller -> smaller.secret.strip().equals(smaller.secret)
                            && SecretMask.isMaskable(smaller.secret)
                            && smaller.fails())
                    .findFirst()
                    .map(Case::shrunk)
                    .orElse(this);
        }

        private Stream<Case> smaller() {
            Stream<Case> withLessAround = Stream.of(
                            new Case(secret, mask, encoding, "", after, seed),
                            new Case(secret, mask, encoding, before, "", seed))
                    .filter(Predicate.not(this::equals));
            Stream<Case> shorter = IntStream.range(0, secret.length())
                    .filter(at -> !Character.isLowSurrogate(secret.charAt(at)))
                    .mapToObj(at -> secret.substring(0, at) + secret.substring(secret.offsetByCodePoints(at, 1)))
                    .map(less -> new Case(less, SecretMask.of(List.of(less)), encoding, before, after, seed));
            return Stream.concat(withLessAround, shorter);
        }

        String explained() {
            return encoding + " of " + Encodings.JSON.of(secret) + "\nfrom " + text() + "\nto   " + inStream()
                    + "\nand  " + inOnePiece() + "\nnot  " + expected();
        }
    }
}
