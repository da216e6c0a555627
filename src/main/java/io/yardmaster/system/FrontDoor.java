package io.yardmaster.system;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What is at {@code /}: a browser is led to Swagger UI, and a program is told where the API is. */
@RestController
final class FrontDoor {

    @GetMapping(path = "/", produces = MediaType.APPLICATION_JSON_VALUE)
    Map<String, String> signpost() {
        Map<String, String> signpost = new LinkedHashMap<>();
        signpost.put("name", "Yardmaster");
        signpost.put("api", "/api/v1");
        signpost.put("contract", "/openapi.yaml");
        signpost.put("try_it_out", "/swagger-ui.html");
        signpost.put("health", "/api/v1/health");
        return signpost;
    }

    @GetMapping(path = "/", produces = MediaType.TEXT_HTML_VALUE)
    ResponseEntity<Void> page() {
        return ResponseEntity.status(HttpStatus.FOUND)
                .location(URI.create("/swagger-ui.html"))
                .header("Vary", "Accept")
                .build();
    }
}
