package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Keeps the history's partitions ahead of time: from yesterday, for clocks that lag, to some days on. */
@Component
class Partitions {

    private static final Logger log = LoggerFactory.getLogger(Partitions.class);
    private static final int DAYS = 6;

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    Partitions(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
        create();
    }

    final void create() {
        Integer made = Tenancy.allTenants(() -> transactions.execute(
                transaction -> client.sql("SELECT create_partitions((now() AT TIME ZONE 'UTC')::date - 1, :days)")
                        .param("days", DAYS)
                        .query(Integer.class)
                        .single()));
        if (made != null && made > 0) {
            log.info("Made {} partitions for the days to come", made);
        }
    }
}
