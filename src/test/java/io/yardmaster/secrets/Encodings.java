package io.yardmaster.secrets;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/** What programs make of a text that they write somewhere. Written apart from what is tested with it. */
enum Encodings {
    AS_IS(text -> text),
    UNIX_LINES(text -> text.replace("\r\n", "\n")),
    WINDOWS_LINES(text -> text.replace("\r\n", "\n").replace("\n", "\r\n")),
    UNQUOTED_IN_A_SHELL(text -> text.replaceAll("[ \t\r\n]+", " ")),
    JOINED_LINES(text -> text.replace('\n', ' ')),
    JOINED_UNIX_LINES(text -> JOINED_LINES.of(UNIX_LINES.of(text))),
    JSON(text -> inner(JsonMapper.shared().writeValueAsString(text))),
    JSON_ASCII(text -> inner(ascii().writeValueAsString(text))),
    JSON_ASCII_LOWER(text -> lowerEscapes(inner(ascii().writeValueAsString(text)))),
    JSON_SLASHES(text -> inner(JsonMapper.shared().writeValueAsString(text)).replace("/", "\\/")),
    JSON_FOR_HTML(text -> inner(JsonMapper.shared().writeValueAsString(text))
            .replace("<", "\\u003c")
            .replace(">", "\\u003e")
            .replace("&", "\\u0026")
            .replace("=", "\\u003d")
            .replace("'", "\\u0027")),
    JSON_IN_JSON(text -> inner(JsonMapper.shared().writeValueAsString(JSON.of(text)))),
    JSON_POINTER(text -> text.replace("~", "~0").replace("/", "~1")),
    FORM(text -> URLEncoder.encode(text, StandardCharsets.UTF_8)),
    FORM_LOWER(text -> percent(text, c -> false, true).replace("%20", "+")),
    URL_COMPONENT(text -> percent(text, c -> "-._~".indexOf(c) >= 0, false)),
    URL_COMPONENT_LOWER(text -> percent(text, c -> "-._~".indexOf(c) >= 0, true)),
    JAVASCRIPT_COMPONENT(text -> percent(text, c -> "-_.!~*'()".indexOf(c) >= 0, false)),
    JAVASCRIPT_URI(text -> percent(text, c -> "-_.!~*'();,/?:@&=+$#".indexOf(c) >= 0, false)),
    URL_PATH(text -> percent(text, c -> "-._~/".indexOf(c) >= 0, false)),
    BASE64(text -> Base64.getEncoder().encodeToString(bytes(text))),
    BASE64_UNPADDED(text -> Base64.getEncoder().withoutPadding().encodeToString(bytes(text))),
    BASE64_URL(text -> Base64.getUrlEncoder().encodeToString(bytes(text))),
    BASE64_URL_UNPADDED(text -> Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(text))),
    BASE64_64(text -> Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes(text))),
    BASE64_76(text -> Base64.getMimeEncoder().encodeToString(bytes(text))),
    BASE64_OF_JSON(text -> Base64.getEncoder().encodeToString(bytes(JSON.of(text)))),
    BASE64_OF_ASCII_JSON(text -> Base64.getEncoder().encodeToString(bytes(JSON_ASCII_LOWER.of(text)))),
    BASE64_OF_PHP_JSON(text ->
            Base64.getEncoder().encodeToString(bytes(JSON_ASCII_LOWER.of(text).replace("/", "\\/")))),
    BASE64_IN_URL(text -> URLEncoder.encode(BASE64.of(text), StandardCharsets.UTF_8)),
    BASE64_IN_JSON(text -> BASE64.of(text).replace("/", "\\/")),
    HEX(text -> HexFormat.of().formatHex(bytes(text))),
    HEX_UPPER(text -> HexFormat.of().withUpperCase().formatHex(bytes(text))),
    XML(text -> text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")),
    XML_ATTRIBUTE(text -> XML.of(text).replace("\"", "&quot;").replace("'", "&apos;")),
    HTML(text -> XML.of(text).replace("\"", "&quot;").replace("'", "&#x27;")),
    HTML_DECIMAL(text -> XML.of(text).replace("\"", "&#34;").replace("'", "&#39;")),
    HTML_DECIMAL_PADDED(text -> XML.of(text).replace("\"", "&quot;").replace("'", "&#039;")),
    XML_ASCII(text -> XML.of(text)
            .codePoints()
            .mapToObj(c -> c < 0x80 ? Character.toString(c) : "&#" + c + ";")
            .collect(Collectors.joining())),
    SHELL_QUOTED(text -> text.replace("'", "'\\''")),
    SHELL_QUOTED_BY_PYTHON(text -> text.replace("'", "'\"'\"'")),
    SQL(text -> text.replace("'", "''")),
    CSV(text -> text.replace("\"", "\"\"")),
    BASH_ANSI(text -> ansi(text)),
    PYTHON(text -> python(text));

    @SuppressWarnings("ImmutableEnumChecker") // lambdas without a state
    private final UnaryOperator<String> encoding;

    Encodings(UnaryOperator<String> encoding) {
        this.encoding = encoding;
    }

    String of(String text) {
        return encoding.apply(text);
    }

    private static JsonMapper ascii() {
        return JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String inner(String quoted) {
        return quoted.substring(1, quoted.length() - 1);
    }

    private static String lowerEscapes(String text) {
        StringBuilder lower = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\' && text.charAt(i + 1) == 'u') {
                lower.append(text.substring(i, i + 6).toLowerCase(Locale.ROOT));
                i += 5;
            } else if (text.charAt(i) == '\\') {
                lower.append(text, i, i + 2);
                i++;
            } else {
                lower.append(text.charAt(i));
            }
        }
        return lower.toString();
    }

    private static String percent(String text, IntPredicate safe, boolean lower) {
        StringBuilder encoded = new StringBuilder();
        for (byte one : bytes(text)) {
            int c = one & 0xFF;
            if (c < 0x80 && (Character.isLetterOrDigit(c) || safe.test(c))) {
                encoded.append((char) c);
            } else {
                encoded.append(String.format(Locale.ROOT, lower ? "%%%02x" : "%%%02X", c));
            }
        }
        return encoded.toString();
    }

    private static String ansi(String text) {
        StringBuilder quoted = new StringBuilder();
        for (byte one : bytes(text)) {
            int c = one & 0xFF;
            int letter = "\u0007\b\u001b\f\n\r\t\u000b\\'".indexOf(c);
            if (letter >= 0) {
                quoted.append('\\').append("abEfnrtv\\'".charAt(letter));
            } else if (c < ' ' || c >= 0x7f) {
                quoted.append(String.format(Locale.ROOT, "\\%03o", c));
            } else {
                quoted.append((char) c);
            }
        }
        return quoted.toString();
    }

    private static String python(String text) {
        StringBuilder quoted = new StringBuilder();
        text.codePoints().forEach(c -> {
            int letter = "\n\r\t\\'".indexOf(c);
            if (letter >= 0) {
                quoted.append('\\').append("nrt\\'".charAt(letter));
            } else if (c < ' ' || (c >= 0x7f && c <= 0xff && !Character.isLetter(c))) {
                quoted.append(String.format(Locale.ROOT, "\\x%02x", c));
            } else if (c > 0xffff) {
                quoted.append(String.format(Locale.ROOT, "\\U%08x", c));
            } else if (Character.isISOControl(c) || c == 0x2028 || c == 0xfeff) {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.toString();
    }
}
