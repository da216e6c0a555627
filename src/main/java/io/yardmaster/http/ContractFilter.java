package io.yardmaster.http;

import io.yardmaster.http.JsonBody.Checked;
import io.yardmaster.http.Operation.Body;
import io.yardmaster.http.RouteTable.Route;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.problems.ProblemWriter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Checks each request against the contract before a controller sees it.
 *
 * <p>It comes after Spring Security's filters, so that a caller learns in this order: 401 who are you, 404 and 405 there
 * is no such operation, 403 you may not call it, 415, 413 and 400 your request is not as the contract says. It looks at
 * the scopes itself for that order's sake; the controllers check them again.
 *
 * <p>A submission with {@code async: false} leaves {@link Boolean#TRUE} in the request attribute
 * {@value #PREFER_WAIT}.
 */
@Component
@Order(ContractFilter.ORDER)
final class ContractFilter extends OncePerRequestFilter {

    /** Right after Spring Security's filters, which Spring Boot puts at -100. */
    static final int ORDER = -90;

    static final String PREFER_WAIT = "yardmaster.prefer-wait";

    private static final String SCOPE = "SCOPE_";

    private final Contract contract;
    private final ProblemWriter problems;
    private final BodyReader reader;
    private final JsonBody json;

    ContractFilter(Contract contract, HttpSettings settings, ProblemWriter problems) {
        this.contract = contract;
        this.problems = problems;
        this.reader = new BodyReader(settings);
        this.json = new JsonBody(settings);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        HttpServletRequest checked;
        try {
            checked = check(request, response);
        } catch (ProblemException problem) {
            problems.write(request, response, problem);
            return;
        }
        if (checked == null) {
            return;
        }
        String runId = RunPath.runId(request.getRequestURI());
        if (runId == null) {
            chain.doFilter(checked, response);
            return;
        }
        try (var _ = MDC.putCloseable(RunPath.MDC_KEY, runId)) {
            chain.doFilter(checked, response);
        }
    }

    /** The request as it goes on; null where it has been answered. */
    private @Nullable HttpServletRequest check(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String path = request.getRequestURI();
        Route route = contract.routes().find(path);
        if (route == null) {
            if (isGenerated(path) || (contract.covers(path) && !ContractPages.isPage(contract, path))) {
                throw ProblemException.of(
                        ProblemType.NOT_FOUND,
                        "There is nothing at this path. The contract at /openapi.yaml lists all paths.");
            }
            return request;
        }
        String method = request.getMethod();
        if (method.equals("OPTIONS")) {
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
            response.setHeader("Allow", route.allow());
            return null;
        }
        Operation operation = route.operation(method);
        if (operation == null) {
            throw ProblemException.of(
                            ProblemType.METHOD_NOT_ALLOWED,
                            "This path does not have the method " + method + ". Use one of " + route.allow() + ".")
                    .withHeader("Allow", route.allow());
        }
        checkScopes(operation);
        return check(request, operation);
    }

    /** The document that Swagger UI's library makes of the controllers: a second contract, and one that nobody wrote. */
    private static boolean isGenerated(String path) {
        return path.startsWith("/v3/api-docs") && !path.equals("/v3/api-docs/swagger-config");
    }

    private static void checkScopes(Operation operation) {
        if (operation.isPublic()) {
            return;
        }
        Authentication caller = SecurityContextHolder.getContext().getAuthentication();
        if (caller == null || caller instanceof AnonymousAuthenticationToken || !caller.isAuthenticated()) {
            throw ProblemException.of(ProblemType.UNAUTHORIZED, "Send a valid token as Authorization: Bearer.")
                    .withHeader("WWW-Authenticate", "Bearer");
        }
        for (String scope : operation.scopes()) {
            if (!has(caller, scope)) {
                throw ProblemException.of(
                                ProblemType.PERMISSION_DENIED,
                                "This operation needs the scope " + scope
                                        + ", which your token does not have. Ask for a token that has it.")
                        .with("required_scope", scope)
                        .withHeader("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"" + scope + "\"");
            }
        }
    }

    private static boolean has(Authentication caller, String scope) {
        for (GrantedAuthority authority : caller.getAuthorities()) {
            String name = authority.getAuthority();
            if (name != null
                    && name.length() == SCOPE.length() + scope.length()
                    && name.startsWith(SCOPE)
                    && name.endsWith(scope)) {
                return true;
            }
        }
        return false;
    }

    private HttpServletRequest check(HttpServletRequest request, Operation operation) throws IOException {
        Query query = Query.read(request.getQueryString(), operation);
        List<Fault> faults = new ArrayList<>();
        byte[] bytes = body(request, operation, faults);
        faults.addAll(query.faults(operation));
        faults.addAll(RequestHeaders.faults(request, operation));
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
        return new CheckedRequest(request, query, bytes);
    }

    /** The body as it goes on; null where it stays on the wire or there is none. */
    private byte @Nullable [] body(HttpServletRequest request, Operation operation, List<Fault> faults)
            throws IOException {
        Body body = operation.body();
        boolean sent = BodyReader.isSent(request);
        if (body == null) {
            Fault refused = sent ? reader.refuse(request) : null;
            if (refused != null) {
                faults.add(refused);
            }
            return null;
        }
        if (!sent) {
            return nothing(body, faults);
        }
        MediaType type = BodyReader.type(request, body);
        if (body.json() == null || !isJson(type)) {
            BodyOnTheWire.mark(request);
            return null;
        }
        byte[] bytes = reader.read(request);
        if (bytes.length == 0) {
            return nothing(body, faults);
        }
        if (!body.required() && JsonBody.isNull(bytes)) {
            // How generated clients write that they have none.
            return new byte[0];
        }
        Checked checked = json.read(bytes, body);
        faults.addAll(checked.faults());
        if (checked.waits()) {
            request.setAttribute(PREFER_WAIT, true);
        }
        return checked.rewritten() == null ? bytes : json.write(checked.rewritten());
    }

    private static byte @Nullable [] nothing(Body body, List<Fault> faults) {
        if (body.required()) {
            faults.add(new Fault("", "This operation needs a body. Send one as the contract says.", "required"));
        }
        return null;
    }

    private static boolean isJson(MediaType type) {
        return "json".equals(type.getSubtype()) || "json".equals(type.getSubtypeSuffix());
    }
}
