package io.yardmaster.security;

import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.problems.ProblemWriter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Answers only to this machine's own names. A web page whose name was made to lead to this machine (DNS rebinding) is of
 * one origin with the server for the browser, and could use the well-known token; but it cannot hide its name.
 */
final class HostFilter extends OncePerRequestFilter {

    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1]");
    private static final Pattern PORT = Pattern.compile(":\\d*$");

    private final ProblemWriter problems;
    private final Set<String> allowed;

    HostFilter(ProblemWriter problems, List<String> allowed) {
        this.problems = problems;
        this.allowed =
                allowed.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        // Both what was sent and what forwarded headers may have made of it, as a page can send those, too.
        String sent = request.getHeader("Host");
        String understood = request.getServerName();
        if (Stream.of(sent == null ? understood : sent, understood).allMatch(this::isAllowed)) {
            chain.doFilter(request, response);
            return;
        }
        problems.write(
                request,
                response,
                ProblemException.of(
                        ProblemType.HOST_NOT_ALLOWED,
                        "In development mode the server answers only to localhost and loopback addresses. Call it so,"
                                + " or add the name to yardmaster.dev.allowed-hosts."));
    }

    private boolean isAllowed(String host) {
        String name = PORT.matcher(host.toLowerCase(Locale.ROOT)).replaceFirst("");
        return LOOPBACK.matcher(name).matches() || allowed.contains(name);
    }
}
