package io.yardmaster.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A request as whoever first received it says it came. */
final class ForwardedRequest extends HttpServletRequestWrapper {

    /** A host's name or address, and a port. */
    private static final Pattern HOST = Pattern.compile("([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+])(?::([0-9]{1,5}))?");

    private final @Nullable String sender;
    private final @Nullable String scheme;
    private final @Nullable String host;
    private final int port;

    private ForwardedRequest(
            HttpServletRequest request,
            @Nullable String sender,
            @Nullable String scheme,
            @Nullable String host,
            int port) {
        super(request);
        this.sender = sender;
        this.scheme = scheme;
        this.host = host;
        this.port = port;
    }

    /** The request as it came here, without the headers that anybody could have written. */
    static HttpServletRequest unheeded(HttpServletRequest request) {
        for (String name : Collections.list(request.getHeaderNames())) {
            if (isForwarded(name)) {
                return new ForwardedRequest(request, null, null, null, 0);
            }
        }
        return request;
    }

    /** The request as it came to the outermost of the proxies that are trusted. */
    static HttpServletRequest of(HttpServletRequest request, TrustedProxies proxies) {
        String proto = last(request, "X-Forwarded-Proto");
        String scheme = proto != null && (proto.equalsIgnoreCase("https") || proto.equalsIgnoreCase("http"))
                ? proto.toLowerCase(Locale.ROOT)
                : null;
        String forwarded = last(request, "X-Forwarded-Host");
        Matcher host = HOST.matcher(forwarded == null ? "" : forwarded);
        boolean named = host.matches();
        int port = named && host.group(2) != null ? Integer.parseInt(host.group(2)) : port(request, scheme, named);
        return new ForwardedRequest(request, sender(request, proxies), scheme, named ? host.group(1) : null, port);
    }

    private static int port(HttpServletRequest request, @Nullable String scheme, boolean isNamed) {
        String port = last(request, "X-Forwarded-Port");
        if (port != null && port.matches("[0-9]{1,5}")) {
            return Integer.parseInt(port);
        }
        return isNamed || scheme != null ? ("https".equals(scheme) ? 443 : 80) : 0;
    }

    /** Each proxy adds at the end whom it had the request from. What stands before the first untrusted one is a claim. */
    private static @Nullable String sender(HttpServletRequest request, TrustedProxies proxies) {
        List<String> chain = Collections.list(request.getHeaders("X-Forwarded-For")).stream()
                .flatMap(line -> List.of(line.split(",")).stream())
                .map(String::strip)
                .toList();
        String sender = null;
        for (int i = chain.size() - 1; i >= 0; i--) {
            String address = chain.get(i);
            if (!TrustedProxies.isAddress(address)) {
                return sender;
            }
            sender = address;
            if (!proxies.contains(address)) {
                return sender;
            }
        }
        return sender;
    }

    /** What the proxy next to this server wrote. */
    static @Nullable String last(HttpServletRequest request, String name) {
        List<String> lines = Collections.list(request.getHeaders(name));
        if (lines.isEmpty()) {
            return null;
        }
        String line = lines.getLast();
        return line.substring(line.lastIndexOf(',') + 1).strip();
    }

    private static boolean isForwarded(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals("forwarded") || lower.startsWith("x-forwarded-");
    }

    @Override
    public String getRemoteAddr() {
        return sender == null ? super.getRemoteAddr() : sender;
    }

    @Override
    public String getRemoteHost() {
        return sender == null ? super.getRemoteHost() : sender;
    }

    @Override
    public String getScheme() {
        return scheme == null ? super.getScheme() : scheme;
    }

    @Override
    public boolean isSecure() {
        return scheme == null ? super.isSecure() : scheme.equals("https");
    }

    @Override
    public String getServerName() {
        return host == null ? super.getServerName() : host;
    }

    @Override
    public int getServerPort() {
        return port == 0 ? super.getServerPort() : port;
    }

    @Override
    public StringBuffer getRequestURL() {
        StringBuffer url = new StringBuffer(getScheme()).append("://").append(getServerName());
        int standard = getScheme().equals("https") ? 443 : 80;
        if (getServerPort() != standard) {
            url.append(':').append(getServerPort());
        }
        return url.append(getRequestURI());
    }

    @Override
    public @Nullable String getHeader(String name) {
        return isForwarded(name) ? null : super.getHeader(name);
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        return isForwarded(name) ? Collections.emptyEnumeration() : super.getHeaders(name);
    }

    @Override
    public Enumeration<String> getHeaderNames() {
        return Collections.enumeration(Collections.list(super.getHeaderNames()).stream()
                .filter(name -> !isForwarded(name))
                .toList());
    }
}
