package io.yardmaster.system;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Tells whoever started the server on a laptop where it is, and what to try first. */
@Component
@Profile("dev")
class Welcome {

    private volatile int port;

    @EventListener
    void started(WebServerInitializedEvent event) {
        port = event.getWebServer().getPort();
    }

    @EventListener
    @SuppressWarnings("SystemOut") // for the person at the terminal, whatever the log looks like
    void ready(ApplicationReadyEvent event) {
        System.out.println("""

              Yardmaster is ready on http://127.0.0.1:%1$d   (try it out: http://127.0.0.1:%1$d/swagger-ui.html)

              curl -s -H 'Authorization: Bearer dev-token' http://127.0.0.1:%1$d/api/v1/jobs

              curl -s -H 'Authorization: Bearer dev-token' -H 'Content-Type: application/json' \\
                -d '{"job_id":"hello-world","args":{"name":"Alice"}}' http://127.0.0.1:%1$d/api/v1/runs

              curl -Ns -H 'Authorization: Bearer dev-token' 'http://127.0.0.1:%1$d/api/v1/events/runs'
            """.formatted(port));
    }
}
