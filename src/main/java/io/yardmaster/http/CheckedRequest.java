package io.yardmaster.http;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The request that goes on: its body and query in the contract's one form. */
final class CheckedRequest extends HttpServletRequestWrapper {

    private static final String CONTENT_LENGTH = "Content-Length";

    private final Query query;
    private final byte @Nullable [] body;

    /**
     * A request with another body and query.
     *
     * @param body null where the body is left on the wire
     */
    CheckedRequest(HttpServletRequest request, Query query, byte @Nullable [] body) {
        super(request);
        this.query = query;
        this.body = body;
    }

    @Override
    public @Nullable String getQueryString() {
        return query.rewritten() ? query.text() : super.getQueryString();
    }

    @Override
    public @Nullable String getParameter(String name) {
        List<String> values = query.values().get(name);
        return values == null ? null : values.getFirst();
    }

    @Override
    public String @Nullable [] getParameterValues(String name) {
        List<String> values = query.values().get(name);
        return values == null ? null : values.toArray(String[]::new);
    }

    @Override
    public Enumeration<String> getParameterNames() {
        return Collections.enumeration(query.values().keySet());
    }

    @Override
    public Map<String, String[]> getParameterMap() {
        Map<String, String[]> map = new LinkedHashMap<>();
        query.values().forEach((name, values) -> map.put(name, values.toArray(String[]::new)));
        return Collections.unmodifiableMap(map);
    }

    @Override
    public ServletInputStream getInputStream() throws java.io.IOException {
        return body == null ? super.getInputStream() : new Body(body);
    }

    @Override
    public BufferedReader getReader() throws java.io.IOException {
        return body == null
                ? super.getReader()
                : new BufferedReader(new InputStreamReader(new ByteArrayInputStream(body), StandardCharsets.UTF_8));
    }

    @Override
    public int getContentLength() {
        return body == null ? super.getContentLength() : body.length;
    }

    @Override
    public long getContentLengthLong() {
        return body == null ? super.getContentLengthLong() : body.length;
    }

    @Override
    public @Nullable String getHeader(String name) {
        return body != null && name.equalsIgnoreCase(CONTENT_LENGTH)
                ? Integer.toString(body.length)
                : super.getHeader(name);
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        return body != null && name.equalsIgnoreCase(CONTENT_LENGTH)
                ? Collections.enumeration(List.of(Integer.toString(body.length)))
                : super.getHeaders(name);
    }

    private static final class Body extends ServletInputStream {

        private final ByteArrayInputStream bytes;

        Body(byte[] bytes) {
            this.bytes = new ByteArrayInputStream(bytes);
        }

        @Override
        public int read() {
            return bytes.read();
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            return bytes.read(into, offset, length);
        }

        @Override
        public int available() {
            return bytes.available();
        }

        @Override
        public boolean isFinished() {
            return bytes.available() == 0;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new IllegalStateException("the body is already here; read it");
        }
    }
}
