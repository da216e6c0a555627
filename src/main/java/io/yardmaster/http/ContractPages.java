package io.yardmaster.http;

import io.yardmaster.kernel.Sha256;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Serves the contract itself: the very bytes that requests are checked against. */
@RestController
final class ContractPages {

    private static final String JSON = "/openapi.json";
    private static final String YAML = "/openapi.yaml";

    private final ContractText text;
    private final String jsonTag;
    private final String yamlTag;

    ContractPages(ContractText text) {
        this.text = text;
        this.jsonTag = tag(text.json());
        this.yamlTag = tag(text.yaml());
    }

    static boolean isPage(Contract contract, String path) {
        String page = path.substring(contract.prefix().length());
        return page.equals(JSON) || page.equals(YAML);
    }

    @GetMapping({JSON, "/api/v1" + JSON})
    ResponseEntity<byte[]> json() {
        return page(text.json(), jsonTag, MediaType.APPLICATION_JSON);
    }

    @GetMapping({YAML, "/api/v1" + YAML})
    ResponseEntity<byte[]> yaml() {
        return page(text.yaml(), yamlTag, MediaType.APPLICATION_YAML);
    }

    private static ResponseEntity<byte[]> page(byte[] bytes, String tag, MediaType type) {
        return ResponseEntity.ok()
                .eTag(tag)
                .cacheControl(CacheControl.noCache())
                .contentType(type)
                .body(bytes);
    }

    private static String tag(byte[] bytes) {
        return '"' + Sha256.of(bytes).hex().substring(0, 32) + '"';
    }
}
