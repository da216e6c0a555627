package io.yardmaster.security;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

/** A server with this module, a few endpoints and nothing else, on a port of its own. */
final class TestServer implements AutoCloseable {

    private final ConfigurableApplicationContext context;
    private final HttpClient http = HttpClient.newHttpClient();

    private TestServer(ConfigurableApplicationContext context) {
        this.context = context;
    }

    static TestServer start(String... settings) {
        List<String> arguments = new ArrayList<>(List.of(
                "--spring.config.location=optional:classpath:/no-settings-but-these/",
                "--spring.main.banner-mode=off",
                "--spring.threads.virtual.enabled=true",
                "--server.port=0"));
        for (String setting : settings) {
            arguments.add("--" + setting);
        }
        return new TestServer(SpringApplication.run(Application.class, arguments.toArray(String[]::new)));
    }

    int port() {
        return Integer.parseInt(context.getEnvironment().getRequiredProperty("local.server.port"));
    }

    HttpResponse<String> get(String path, String... headers) {
        return send("GET", path, headers);
    }

    HttpResponse<String> send(String method, String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    HttpResponse<String> getAs(String token, String path) {
        return get(path, "Authorization", "Bearer " + token);
    }

    /** The answer to a request written by hand, for headers that a client writes itself. */
    String raw(String... lines) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.setSoTimeout(10_000);
            String request = String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        http.close();
        context.close();
    }

    /** Not a configuration by annotation, so that no scan of the whole server finds it. */
    @EnableAutoConfiguration(exclude = DataSourceAutoConfiguration.class)
    @Import({AnswerHeaders.class, SecurityConfiguration.class, CurrentActor.class, ProblemWriter.class})
    static class Application {

        @Bean
        Guarded guarded(CurrentActor actors) {
            return new Guarded(actors);
        }

        @Bean
        RouterFunction<ServerResponse> routes(Guarded guarded) {
            return RouterFunctions.route()
                    .GET("/api/v1/health", request -> ServerResponse.ok().body("healthy"))
                    .HEAD("/api/v1/health", request -> ServerResponse.ok().build())
                    .GET("/api/v1/who", request -> ServerResponse.ok().body(guarded.who()))
                    .GET("/api/v1/runs", request -> ServerResponse.ok().body(guarded.runs()))
                    .POST("/api/v1/runs", request -> ServerResponse.ok().body(guarded.start()))
                    .GET(
                            "/api/v1/kept",
                            request -> ServerResponse.ok()
                                    .header("Cache-Control", "private, max-age=60")
                                    .body("kept"))
                    .GET(
                            "/api/v1/later",
                            request -> ServerResponse.async(CompletableFuture.supplyAsync(() -> ServerResponse.ok()
                                    .build((asked, answer) -> {
                                        answer.getWriter().print(guarded.runs());
                                        return null;
                                    }))))
                    .GET(
                            "/api/v1/failing",
                            request -> ServerResponse.ok().build((asked, answer) -> {
                                answer.sendError(HttpStatus.CONFLICT.value());
                                return null;
                            }))
                    .build();
        }
    }

    static class Guarded {

        private final CurrentActor actors;

        Guarded(CurrentActor actors) {
            this.actors = actors;
        }

        Map<String, Object> who() {
            Actor actor = actors.get();
            return Map.of(
                    "subject", actor.subject(),
                    "tenant", actor.tenant().name(),
                    "bound_tenant", Tenancy.current().map(Tenant::name).orElse("none"),
                    "scopes", String.join(" ", new TreeSet<>(actor.scopes())),
                    "groups", String.join(" ", new TreeSet<>(actor.groups())),
                    "method", actor.method(),
                    "expires", actor.expiresAt() != null);
        }

        @PreAuthorize("hasAuthority('SCOPE_runs:read')")
        String runs() {
            return "runs of " + Tenancy.current().map(Tenant::name).orElse("none");
        }

        @PreAuthorize("hasAuthority('SCOPE_runs:write')")
        String start() {
            return "started by " + actors.get().subject();
        }
    }
}
