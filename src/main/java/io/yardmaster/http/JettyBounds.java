package io.yardmaster.http;

import java.util.List;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/** Sets what Jetty itself allows of a connection and of a request's line and header. */
@Component
class JettyBounds implements WebServerFactoryCustomizer<JettyServletWebServerFactory> {

    /** Only {@link RequestGate} sees such a path: it rewrites the ones it knows and refuses all others. */
    private static final UriCompliance GATED =
            UriCompliance.DEFAULT.with("gated", UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR);

    private final HttpSettings settings;

    private final RouteTable routes;

    JettyBounds(HttpSettings settings, Contract contract) {
        this.settings = settings;
        this.routes = contract.routes();
    }

    @Override
    public void customize(JettyServletWebServerFactory factory) {
        factory.addServerCustomizers(this::customize);
    }

    private void customize(Server server) {
        for (Connector connector : server.getConnectors()) {
            if (connector instanceof ServerConnector socket) {
                socket.setIdleTimeout(settings.idleTimeout().toMillis());
            }
            for (ConnectionFactory protocol : List.copyOf(connector.getConnectionFactories())) {
                if (protocol instanceof HttpConfiguration.ConnectionFactory http) {
                    customize(http.getHttpConfiguration());
                }
            }
        }
        server.insertHandler(new RequestGate(routes));
        server.addBean(new SlowHeaders(server, settings.headerTimeout()));
    }

    private void customize(HttpConfiguration http) {
        http.setRequestHeaderSize(Math.toIntExact(settings.maxHeader().toBytes()));
        http.setUriCompliance(GATED);
        http.setSendServerVersion(false);
        http.setSendXPoweredBy(false);
    }
}
