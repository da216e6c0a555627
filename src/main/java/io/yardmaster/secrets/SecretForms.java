package io.yardmaster.secrets;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/** The forms in which secrets turn up in what programs write. */
final class SecretForms {

    /** A line of a secret, or a shortened writing of it, is looked for by itself from this length on. */
    static final int MINIMUM_PIECE = 8;

    /** From this length on, encoded text is recognised where a tool has broken it over lines. */
    private static final int MINIMUM_FOLDED = 8;

    private static final char NEXT_LINE = '\u0085';
    private static final char BYTE_ORDER_MARK = '\ufeff';

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final JsonMapper ASCII_JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    /** Where a piece of Base64 text depends on what is before it: after none, one and two bytes of its first group. */
    private static final int[] UNSTABLE = {0, 2, 3};

    private final Set<String> exact = new LinkedHashSet<>();
    private final Set<String> folded = new LinkedHashSet<>();
    private final Map<Spelling, Set<String>> spelled = new EnumMap<>(Spelling.class);

    private SecretForms() {
        for (Spelling spelling : Spelling.values()) {
            spelled.put(spelling, new LinkedHashSet<>());
        }
    }

    /** All forms of some secrets, of which each without the white space around it has {@link Needle#PREFIX} characters. */
    static List<Needle> of(Collection<String> secrets) {
        SecretForms forms = new SecretForms();
        for (String secret : secrets) {
            // Without the line break at its end it is what $(cat) gives; other white space around it hides nothing.
            String core = secret.strip();
            String unix = core.replace("\r\n", "\n");
            forms.addWhole(core);
            forms.addPart(bare(core));
            forms.addWhole(unix);
            // Written so, and read as lines that may end as in Windows.
            forms.addWhole(unix.replace("\r\n", "\n"));
            forms.addWhole(unix.replace("\n", "\r\n"));
            // What becomes of line breaks that were made those of Windows twice.
            forms.addWhole(core.replaceAll("\r+\n", "\n"));
            // Echoed without quotes, in a shell.
            forms.addWritten(core.replaceAll("[ \t\n\r]+", " "));
            forms.addWritten(core.replaceAll("[ \t\n]+", " "));
            // Its lines joined to one, with a space for each line break.
            forms.addWritten(core.replace('\n', ' '));
            forms.addWritten(unix.replace('\n', ' '));
            core.lines().forEach(line -> forms.addPiece(line.strip()));
        }
        return forms.needles();
    }

    /** The text without what only some languages take for white space at its ends. */
    private static String bare(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isSpace(text.charAt(start))) {
            start++;
        }
        while (start < end && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == NEXT_LINE || c == BYTE_ORDER_MARK;
    }

    private void addPart(String text) {
        if (text.length() >= Needle.PREFIX) {
            addWhole(text);
        }
    }

    /** The text, and what becomes of it within a JSON document that is itself encoded. */
    private void addWhole(String text) {
        String json = within(JSON.writeValueAsString(text));
        String ascii = within(ASCII_JSON.writeValueAsString(text));
        String lower = lowerEscapes(ascii);
        add(text);
        // As most write it; as Java, JavaScript and PHP, Python, and Go do where they escape more.
        for (String form :
                List.of(json, ascii, lower, lower.replace("\u007f", "\\u007f"), safeInHtml(lowerEscapes(json)))) {
            add(form);
            add(form.replace("/", "\\/"));
        }
    }

    private static String safeInHtml(String json) {
        return json.replace("<", "\\u003c")
                .replace(">", "\\u003e")
                .replace("&", "\\u0026")
                .replace("\u2028", "\\u2028")
                .replace("\u2029", "\\u2029");
    }

    /** JSON with the digits of its {@code \\u} escapes in lower case, as most programs write them. */
    private static String lowerEscapes(String json) {
        StringBuilder lower = new StringBuilder(json);
        for (int at = json.indexOf('\\'); at >= 0; at = json.indexOf('\\', at + 2)) {
            if (json.charAt(at + 1) == 'u') {
                lower.replace(at, at + 6, json.substring(at, at + 6).toLowerCase(Locale.ROOT));
            }
        }
        return lower.toString();
    }

    private void addPiece(String text) {
        if (text.length() >= MINIMUM_PIECE) {
            add(text);
        }
    }

    private static String within(String quoted) {
        return quoted.substring(1, quoted.length() - 1);
    }

    private void add(String text) {
        if (addWritten(text)) {
            // As a name in a JSON Pointer, which is how faults are told.
            addWritten(text.replace("~", "~0").replace("/", "~1"));
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            folded.add(HexFormat.of().formatHex(bytes));
            folded.add(HexFormat.of().withUpperCase().formatHex(bytes));
            addBase64(bytes);
        }
    }

    private boolean addWritten(String text) {
        spelled.values().forEach(texts -> texts.add(text));
        return exact.add(text);
    }

    /** Behind other bytes, as in {@code user:secret}, the groups of three bytes begin elsewhere. */
    private void addBase64(byte[] bytes) {
        for (int before = 0; before < 3; before++) {
            byte[] shifted = new byte[before + bytes.length];
            System.arraycopy(bytes, 0, shifted, before, bytes.length);
            for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
                String padded = encoder.encodeToString(shifted).substring(UNSTABLE[before]);
                String whole = padded.replace("=", "");
                // Its last character depends on what follows, unless the secret ends with a group.
                String stable = whole.length() == padded.length() ? whole : whole.substring(0, whole.length() - 1);
                folded.addAll(List.of(stable, whole, padded));
                for (Spelling spelling : List.of(Spelling.PERCENT, Spelling.BACKSLASH)) {
                    Objects.requireNonNull(spelled.get(spelling)).addAll(List.of(stable, padded));
                }
            }
        }
    }

    private List<Needle> needles() {
        List<Needle> needles = new ArrayList<>();
        exact.stream()
                .filter(form -> form.length() >= Needle.PREFIX)
                .forEach(form -> needles.add(new Needle.Exact(form.toCharArray())));
        folded.stream().filter(form -> form.length() >= Needle.PREFIX).forEach(form -> {
            char[] characters = form.toCharArray();
            if (form.length() < MINIMUM_FOLDED) {
                needles.add(new Needle.Exact(characters));
            } else {
                for (int from = 0; from < Needle.PREFIX; from++) {
                    needles.add(new Needle.Folded(characters, from));
                }
            }
        });
        spelled.forEach((spelling, forms) -> {
            Map<Integer, String[]> others = new ConcurrentHashMap<>();
            forms.stream()
                    .filter(form -> form.length() >= Needle.PREFIX && spelling.changes(form, others))
                    .forEach(form -> needles.add(new Needle.Spelled(form, spelling, others)));
        });
        return needles;
    }
}
