package io.yardmaster.problems;

import java.nio.ByteBuffer;
import java.util.regex.Pattern;
import org.eclipse.jetty.ee11.webapp.WebAppContext;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/**
 * What Jetty itself refuses, before any servlet or filter of ours: request lines and headers that are not HTTP, paths
 * that mean two things. It also answers {@code sendError}, so that no error page is dispatched through the filters a
 * second time.
 */
@Component
class ContainerProblems implements WebServerFactoryCustomizer<JettyServletWebServerFactory> {

    private final ProblemWriter writer;

    ContainerProblems(ProblemWriter writer) {
        this.writer = writer;
    }

    @Override
    public void customize(JettyServletWebServerFactory factory) {
        factory.addServerCustomizers(this::customize);
    }

    private void customize(Server server) {
        Answer answer = new Answer(writer);
        server.setErrorHandler(answer);
        for (WebAppContext context : server.getDescendants(WebAppContext.class)) {
            // The context gets an error handler of its own while it starts.
            context.addEventListener(new LifeCycle.Listener() {
                @Override
                public void lifeCycleStarted(LifeCycle started) {
                    context.setErrorHandler(answer);
                }
            });
        }
    }

    private static final class Answer extends ErrorHandler {

        private static final Logger log = LoggerFactory.getLogger(ContainerProblems.class);

        /** Jetty's reasons are short phrases; anything that looks like a name of code is not one. */
        private static final Pattern PLAIN_REASON = Pattern.compile("[A-Za-z][A-Za-z0-9 ,'-]{2,79}");

        private final ProblemWriter writer;

        Answer(ProblemWriter writer) {
            this.writer = writer;
        }

        @Override
        public boolean errorPageForMethod(String method) {
            return true;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            Throwable cause = request.getAttribute(ERROR_EXCEPTION) instanceof Throwable thrown ? thrown : null;
            ProblemException problem = problem(response.getStatus(), cause);
            String requestId = request.getAttribute(RequestId.ATTRIBUTE) instanceof String id
                    ? id
                    : RequestId.orNew(request.getHeaders().get(RequestId.HEADER));
            if (problem.type() == ProblemType.INTERNAL_ERROR) {
                log.error("request {} failed", requestId, cause);
            }
            byte[] body = writer.bytes(problem, path(request), requestId);
            response.setStatus(problem.type().status());
            HttpFields.Mutable headers = response.getHeaders();
            ProblemWriter.HEADERS_OF_A_SUCCESS.forEach(headers::remove);
            writer.headers(problem, requestId).forEach(headers::put);
            headers.put(HttpHeader.CONTENT_TYPE, ProblemWriter.MEDIA_TYPE);
            headers.put(HttpHeader.CONTENT_LENGTH, body.length);
            response.write(true, ByteBuffer.wrap(body), callback);
            return true;
        }

        private static ProblemException problem(int status, @Nullable Throwable cause) {
            if (cause instanceof HttpException refused) {
                ProblemException problem = ProblemTranslation.ofStatus(refused.getCode());
                String reason = refused.getReason();
                return problem.type() == ProblemType.BAD_REQUEST
                                && reason != null
                                && PLAIN_REASON.matcher(reason).matches()
                        ? ProblemException.of(ProblemType.BAD_REQUEST, "The request cannot be read: " + reason + ".")
                        : problem;
            }
            return cause == null || status < 500 ? ProblemTranslation.ofStatus(status) : ProblemTranslation.of(cause);
        }

        /** Jetty makes up a path where it could not read one. */
        private static @Nullable String path(Request request) {
            String path = request.getHttpURI().getPath();
            return "/badMessage".equals(path) || "/badURI".equals(path) ? null : path;
        }
    }
}
