package io.yardmaster;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A request written out byte by byte. Each character of its head is one byte. */
final class RawRequest {

    private String line;
    private final List<String> headers = new ArrayList<>();
    private byte[] body = new byte[0];

    private RawRequest(String line) {
        this.line = line;
    }

    /** A good request by somebody who may do everything. */
    static RawRequest of(String method, String target) {
        RawRequest request = new RawRequest(method + " " + target + " HTTP/1.1");
        request.headers.add("Host: localhost");
        request.headers.add("Authorization: Bearer dev-token");
        request.headers.add("Connection: close");
        return request;
    }

    static RawRequest get(String target) {
        return of("GET", target);
    }

    static RawRequest post(String target, String json) {
        return of("POST", target).header("Content-Type: application/json").body(json);
    }

    RawRequest line(String other) {
        line = other;
        return this;
    }

    RawRequest header(String text) {
        headers.add(text);
        return this;
    }

    RawRequest without(String name) {
        headers.removeIf(header -> header.startsWith(name + ":"));
        return this;
    }

    /** With this body in UTF-8, and its length. */
    RawRequest body(String text) {
        return body(text.getBytes(StandardCharsets.UTF_8));
    }

    RawRequest body(byte[] bytes) {
        return without("Content-Length")
                .header("Content-Length: " + bytes.length)
                .content(bytes);
    }

    /** With this behind the head, whatever the head says about it. */
    RawRequest content(String text) {
        return content(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private RawRequest content(byte[] bytes) {
        body = bytes.clone();
        return this;
    }

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        for (String header : headers) {
            bytes.writeBytes((header + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        }
        bytes.writeBytes("\r\n".getBytes(StandardCharsets.ISO_8859_1));
        bytes.writeBytes(body);
        return bytes.toByteArray();
    }
}
