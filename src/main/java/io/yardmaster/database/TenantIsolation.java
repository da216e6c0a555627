package io.yardmaster.database;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Says at start when PostgreSQL does not hold the server's role to the row-level security between tenants. */
@Component
class TenantIsolation {

    private static final Logger log = LoggerFactory.getLogger(TenantIsolation.class);

    TenantIsolation(JdbcClient client) {
        boolean bypassed = client.sql("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
                .query(Boolean.class)
                .single();
        if (bypassed) {
            log.warn(
                    "The database role of this server is a superuser or has BYPASSRLS: PostgreSQL does not keep tenants"
                            + " apart, only the server does. Give it an ordinary role that owns its database.");
        }
    }
}
