package io.yardmaster.approvals;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.stereotype.Component;

/** Counts what people decide, as seen by the server that they asked. */
@Component
class ApprovalMeters {

    private final MeterRegistry registry;

    ApprovalMeters(MeterRegistry registry) {
        this.registry = registry;
        // So that the usual ones are there, as zeros, before anybody has decided.
        votes("approve");
        votes("deny");
        closings(ApprovalStatus.APPROVED.text(), "votes");
        closings(ApprovalStatus.DENIED.text(), "votes");
        closings(ApprovalStatus.EXPIRED.text(), "expiry");
    }

    void voted(String decision) {
        votes(decision).increment();
    }

    void closed(String status, String by) {
        closings(status, by).increment();
    }

    private Counter votes(String decision) {
        return Counter.builder("yardmaster.approvals.votes")
                .description("Votes at gates that this server has taken")
                .tag("decision", decision)
                .register(registry);
    }

    private Counter closings(String status, String by) {
        return Counter.builder("yardmaster.approvals.closed")
                .description("Gates that were closed by this server")
                .tag("status", status)
                .tag("by", by)
                .register(registry);
    }
}
