package io.yardmaster.security;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import org.springframework.core.env.Profiles;

/**
 * Refuses to start a server that anyone could use or that nobody could. Looks before anything is built, so that no
 * database is started and no port opened for nothing.
 */
final class StartRules implements BeanFactoryPostProcessor {

    static final Profiles DEV = Profiles.of("dev");

    private final Environment environment;

    StartRules(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        Binder binder = Binder.get(environment);
        if (environment.acceptsProfiles(DEV)) {
            DevSettings dev = binder.bindOrCreate("yardmaster.dev", DevSettings.class);
            InetAddress address =
                    binder.bind("server.address", InetAddress.class).orElse(null);
            if (!dev.allowNonLoopback() && (address == null || !address.isLoopbackAddress())) {
                throw openToOthers(address);
            }
        } else if (binder.bindOrCreate("yardmaster.security", SecuritySettings.class)
                .issuers()
                .isEmpty()) {
            throw closedToAll();
        }
    }

    private static StartRefusedException openToOthers(@Nullable InetAddress address) {
        String where = address == null
                ? "server.address is not set, so that it would listen on every network interface"
                : "server.address is " + address.getHostAddress() + ", which other machines may reach";
        return new StartRefusedException(
                "The profile dev gives everything to whoever sends its well-known token, and " + where + ".",
                """
                Do one of these:
                  - listen on this machine only: server.address=127.0.0.1
                  - leave the profile dev and name an issuer of tokens: yardmaster.security.issuers
                  - if nobody you do not trust can reach this server: yardmaster.dev.allow-non-loopback=true\
                """.strip(),
                null);
    }

    private static StartRefusedException closedToAll() {
        return new StartRefusedException(
                "No issuer of tokens is configured, so nobody could call this server.", """
                    Name one, in application.yaml or as environment variables:

                      yardmaster:
                        security:
                          issuers:
                            - issuer: https://login.example.com/realms/main    # YARDMASTER_SECURITY_ISSUERS_0_ISSUER
                              audiences: yardmaster                            # YARDMASTER_SECURITY_ISSUERS_0_AUDIENCES
                              jwks: /etc/yardmaster/jwks.json                  # YARDMASTER_SECURITY_ISSUERS_0_JWKS; a file,
                                                                               # a URL, or nothing: OpenID discovery

                    To try the server on this machine only, start it with --spring.profiles.active=dev.\
                    """, null);
    }
}
