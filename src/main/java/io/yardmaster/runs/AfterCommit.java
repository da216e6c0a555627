package io.yardmaster.runs;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** What is told only when it is durable. */
final class AfterCommit {

    private AfterCommit() {}

    /** Does it when the current transaction is committed, and at once where there is none. */
    static void run(Runnable then) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            then.run();
            return;
        }
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                then.run();
            }
        });
    }
}
