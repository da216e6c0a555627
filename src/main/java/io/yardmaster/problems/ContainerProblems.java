package io.yardmaster.problems;

import java.nio.ByteBuffer;
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
            String path = path(request);
            ProblemException problem = problem(response.getStatus(), cause, path != null);
            String requestId = request.getAttribute(RequestId.ATTRIBUTE) instanceof String id
                    ? id
                    : RequestId.orNew(request.getHeaders().get(RequestId.HEADER));
            if (problem.type() == ProblemType.INTERNAL_ERROR) {
                log.error("request {} failed", requestId, cause);
            }
            if (cause instanceof HttpException refused) {
                log.debug("request {} was refused: {}", requestId, refused.getReason());
            }
            byte[] body = writer.bytes(problem, path, requestId);
            response.setStatus(problem.type().status());
            HttpFields.Mutable headers = response.getHeaders();
            ProblemWriter.HEADERS_OF_A_SUCCESS.forEach(headers::remove);
            writer.headers(problem, requestId).forEach(headers::put);
            headers.put(HttpHeader.CONTENT_TYPE, ProblemWriter.MEDIA_TYPE);
            headers.put(HttpHeader.CONTENT_LENGTH, body.length);
            if (cause instanceof HttpException
                    || request.getMethod().equals("CONNECT")
                    || !request.consumeAvailable()) {
                // Where this request ends and a next one would begin is not known.
                headers.put(HttpHeader.CONNECTION, "close");
            }
            response.write(true, ByteBuffer.wrap(body), callback);
            return true;
        }

        private static ProblemException problem(int status, @Nullable Throwable cause, boolean isPathKnown) {
            if (cause instanceof HttpException refused) {
                return ContainerReasons.problem(refused, isPathKnown);
            }
            return cause == null || (status < 500 && !(cause instanceof ProblemException))
                    ? ProblemTranslation.ofStatus(status)
                    : ProblemTranslation.of(cause);
        }

        /** Jetty makes up a path where it could not read one. */
        private static @Nullable String path(Request request) {
            String path = request.getHttpURI().getPath();
            return "/badMessage".equals(path) || "/badRequest".equals(path) || "/badURI".equals(path) ? null : path;
        }
    }
}
