package io.yardmaster.database;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;

/** Brings a PostgreSQL of its own where none is configured. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "spring.datasource.url", matchIfMissing = true, havingValue = "never: the URL is missing")
class EmbeddedPostgresConfiguration {

    private static final String LIBRARY = "io.zonky.test.db.postgres.embedded.EmbeddedPostgres";

    /** Container images leave the library out; says so before the first class that needs it is touched. */
    @Bean
    static BeanFactoryPostProcessor embeddedPostgresIsThere() {
        return beans -> {
            if (!ClassUtils.isPresent(LIBRARY, beans.getBeanClassLoader())) {
                throw new EmbeddedPostgresException(
                        "No PostgreSQL is configured, and this package of Yardmaster brings none of its own.",
                        "Set spring.datasource.url, spring.datasource.username and spring.datasource.password; as"
                                + " environment variables SPRING_DATASOURCE_URL and so on.",
                        null);
            }
        };
    }

    @Bean
    EmbeddedPostgresServer embeddedPostgres(DataDirectory directory, DatabaseProperties properties) {
        return EmbeddedPostgresServer.start(directory, properties);
    }

    @Bean
    JdbcConnectionDetails connectionToEmbeddedPostgres(EmbeddedPostgresServer server) {
        return new JdbcConnectionDetails() {
            @Override
            public String getUsername() {
                return EmbeddedPostgresServer.ROLE;
            }

            @Override
            public String getPassword() {
                return "";
            }

            @Override
            public String getJdbcUrl() {
                return server.jdbcUrl();
            }
        };
    }
}
