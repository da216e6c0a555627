package io.yardmaster.testkit;

import java.util.Random;

/** Secrets as people have them, and worse: tokens, sentences, keys of several lines, quotes, control characters, Unicode. */
public final class RandomSecrets {

    private static final String[] ALPHABETS = {
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "0123456789abcdef",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=.~",
        "abcXYZ019 \"'`\\/$&<>%+=?#;:,.!~*()[]{}|^@-_",
        "aZ7 \"'\\\n\t/é",
        "äöüßéñçøΩжяשم中文日本語한€—…“”",
        "a1\u0001\u0007\b\f\u001b\u007f\u0085\u2028\ufeff\n\r\t ",
        "x😀🚀🔑𝒳é\n",
    };

    private RandomSecrets() {}

    /** One without white space at its ends, of at least {@code shortest} characters, of which a line break is one. */
    public static String next(Random random, int shortest) {
        while (true) {
            String secret = (random.nextInt(4) == 0 ? lines(random, shortest) : text(random, shortest)).strip();
            if (secret.replaceAll("\r+\n", "\n").length() >= shortest) {
                return secret;
            }
        }
    }

    /** Several lines, each long or short, as a key or a document has them. */
    private static String lines(Random random, int shortest) {
        String lineBreak = random.nextBoolean() ? "\n" : "\r\n";
        StringBuilder text = new StringBuilder();
        int count = 2 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            text.append(text(random, random.nextInt(shortest))).append(lineBreak);
        }
        return text.append("end").append(random.nextInt(1000)).toString();
    }

    private static String text(Random random, int shortest) {
        int[] alphabet =
                ALPHABETS[random.nextInt(ALPHABETS.length)].codePoints().toArray();
        int[] other = ALPHABETS[random.nextInt(ALPHABETS.length)].codePoints().toArray();
        int length = shortest + random.nextInt(random.nextInt(10) == 0 ? 200 : 30);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            int[] from = random.nextInt(8) == 0 ? other : alphabet;
            text.appendCodePoint(from[random.nextInt(from.length)]);
        }
        return text.toString();
    }
}
