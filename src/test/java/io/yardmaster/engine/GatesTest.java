package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.approvals.Approvals;
import io.yardmaster.executors.RunFolders;
import io.yardmaster.jobs.JobDefinition;
import io.yardmaster.jobs.JobVersions;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.runs.ClaimedRun;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.secrets.SecretMask;
import io.yardmaster.testkit.TestServer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class GatesTest {

    private final TestServer server = TestServer.shared();

    @Test
    void a_reminder_is_due_exactly_so_long_after_people_were_asked() throws Exception {
        server.job("gates/reminded").config("""
            composition: steps
            steps:
              - {id: gate, type: approval, approval: {title: "Go on?", expires_in: 24h, remind_every: 1h}}
            """);
        try (OwnedRun owned = new OwnedRun(server, "gates/reminded")) {
            ClaimedRun run =
                    server.bean(RunQueue.class).load(List.of(owned.lease())).getFirst();
            JobDefinition job = server.bean(JobVersions.class).definition(run.jobId(), run.jobDigest());
            RunProgress progress = new RunProgress(run, job, new TickingClock());
            RunContext context = new RunContext(
                    run,
                    job,
                    server.bean(RunFolders.class).of(owned.lease().runId()),
                    new RunLog(owned.lease(), owned.lastSeq(), 0, server.bean(Journal.class), _ -> {}),
                    SecretMask.of(Set.of()));

            new Gates(context, progress, server.bean(Approvals.class))
                    .ask((StepDefinition.Approval) job.steps().getFirst());

            StepRecord gate = progress.step("gate");
            assertThat(gate.dueAt())
                    .isEqualTo(Objects.requireNonNull(gate.startedAt()).plus(Duration.ofHours(1)));
        }
    }

    /** Goes on by a millisecond each time that somebody looks at it. */
    private static final class TickingClock extends Clock {

        private final AtomicLong now =
                new AtomicLong(Instant.parse("2026-03-01T00:00:00Z").toEpochMilli());

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(now.incrementAndGet());
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
