package io.yardmaster.jobs.web;

import io.yardmaster.kernel.Sha256;
import java.io.IOException;
import java.io.InputStream;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Serves the JSON Schema of {@code config.yaml}, for editors that complete and check what is written. */
@RestController
class SchemaPages {

    private static final MediaType JSON_SCHEMA = MediaType.parseMediaType("application/schema+json");

    private final byte[] jobConfig = read("schemas/job-config.json");
    private final String tag = '"' + Sha256.of(jobConfig).hex().substring(0, 32) + '"';

    @GetMapping("/schemas/job-config.json")
    ResponseEntity<byte[]> jobConfig() {
        return ResponseEntity.ok()
                .eTag(tag)
                .cacheControl(CacheControl.noCache())
                .contentType(JSON_SCHEMA)
                .body(jobConfig);
    }

    private static byte[] read(String name) {
        try (InputStream in = new ClassPathResource(name).getInputStream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("this program was built without " + name, e);
        }
    }
}
