package io.yardmaster.approvals;

import io.yardmaster.kernel.ApprovalId;
import io.yardmaster.kernel.Tenant;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.TenantId;
import org.jspecify.annotations.Nullable;

/** A vote in the database; the id makes it one for each voter. */
@Entity(name = "Vote")
@Immutable
@Table(name = "approval_vote")
@SuppressWarnings({"NullAway.Init", "UnusedVariable"}) // filled and read by Hibernate
class VoteEntity {

    @EmbeddedId
    private Key key;

    @TenantId
    private String tenant;

    private String decision;
    private @Nullable String note;

    @Column(name = "voted_at")
    private Instant votedAt;

    static VoteEntity of(ApprovalId approval, Tenant tenant, String voter, Ballot ballot, Instant at) {
        VoteEntity entity = new VoteEntity();
        entity.key = new Key(approval.value(), voter);
        entity.tenant = tenant.name();
        entity.decision = ballot.decision();
        entity.note = ballot.note();
        entity.votedAt = at;
        return entity;
    }

    String decision() {
        return decision;
    }

    @Nullable
    String note() {
        return note;
    }

    Approval.Vote vote() {
        return new Approval.Vote(key.voter(), decision.equals("approve"), note, votedAt);
    }

    @Embeddable
    record Key(
            @Column(name = "approval_id") UUID approvalId,
            @Column(name = "voter") String voter) implements Serializable {}
}
