package io.yardmaster.problems;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.HtmlUtils;

/** The pages that problems' {@code type} lead to, and one about all of them. */
@RestController
class ProblemPages {

    @GetMapping(path = "/problems/{slug}", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Map<String, Object>> json(@PathVariable("slug") String slug) {
        ProblemType type = type(slug);
        return ResponseEntity.ok().cacheControl(CacheControl.noCache()).body(row(type));
    }

    @GetMapping(path = "/problems/{slug}", produces = MediaType.TEXT_HTML_VALUE + ";charset=UTF-8")
    ResponseEntity<String> html(@PathVariable("slug") String slug) {
        ProblemType type = type(slug);
        return page(
                type.title(),
                "<p>%s</p>\n<p>Status %d, type <code>%s</code></p>"
                        .formatted(HtmlUtils.htmlEscape(type.meaning()), type.status(), type.uri()));
    }

    /** All of them. */
    @GetMapping(path = "/problems", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Map<String, Object>> list() {
        return ResponseEntity.ok()
                .cacheControl(CacheControl.noCache())
                .body(Map.of(
                        "problems",
                        Arrays.stream(ProblemType.values())
                                .map(ProblemPages::row)
                                .toList()));
    }

    @GetMapping(path = "/problems", produces = MediaType.TEXT_HTML_VALUE + ";charset=UTF-8")
    ResponseEntity<String> index() {
        return page(
                "When a request fails",
                Arrays.stream(ProblemType.values())
                        .map(type -> "<p><a href=\"problems/%s\">%s</a> (%d)<br>%s</p>"
                                .formatted(
                                        type.slug(),
                                        HtmlUtils.htmlEscape(type.title()),
                                        type.status(),
                                        HtmlUtils.htmlEscape(type.meaning())))
                        .collect(Collectors.joining("\n")));
    }

    private static Map<String, Object> row(ProblemType type) {
        return Map.of(
                "type", type.uri().toString(),
                "title", type.title(),
                "status", type.status(),
                "meaning", type.meaning());
    }

    private static ResponseEntity<String> page(String title, String content) {
        String page = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>%1$s</title>
            <style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }</style>
            </head>
            <body>
            <h1>%1$s</h1>
            %2$s
            </body>
            </html>
            """.formatted(HtmlUtils.htmlEscape(title), content);
        return ResponseEntity.ok()
                .cacheControl(CacheControl.noCache())
                .header(
                        "Content-Security-Policy",
                        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
                .body(page);
    }

    private static ProblemType type(String slug) {
        return ProblemType.ofSlug(slug)
                .orElseThrow(() -> ProblemException.of(
                        ProblemType.NOT_FOUND, "No problem goes by this name. Compare it with the contract."));
    }
}
