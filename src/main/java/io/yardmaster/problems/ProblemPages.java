package io.yardmaster.problems;

import java.util.Map;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.HtmlUtils;

/** The page that a problem's {@code type} leads to. */
@RestController
class ProblemPages {

    @GetMapping(path = "/problems/{slug}", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Map<String, Object>> json(@PathVariable("slug") String slug) {
        ProblemType type = type(slug);
        return ResponseEntity.ok()
                .cacheControl(CacheControl.noCache())
                .body(Map.of(
                        "type", type.uri().toString(),
                        "title", type.title(),
                        "status", type.status(),
                        "meaning", type.meaning()));
    }

    @GetMapping(path = "/problems/{slug}", produces = MediaType.TEXT_HTML_VALUE + ";charset=UTF-8")
    ResponseEntity<String> html(@PathVariable("slug") String slug) {
        ProblemType type = type(slug);
        String title = HtmlUtils.htmlEscape(type.title());
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
            <p>%2$s</p>
            <p>Status %3$d, type <code>%4$s</code></p>
            </body>
            </html>
            """.formatted(title, HtmlUtils.htmlEscape(type.meaning()), type.status(), type.uri());
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
