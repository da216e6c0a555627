package io.yardmaster.system;

import io.yardmaster.contract.ExecutorInfoDto;
import io.yardmaster.contract.HealthDto;
import io.yardmaster.contract.HealthStatusDto;
import io.yardmaster.contract.PrincipalDto;
import io.yardmaster.contract.ProbeDto;
import io.yardmaster.contract.SecurityProfileDto;
import io.yardmaster.contract.SourceInfoDto;
import io.yardmaster.contract.SystemApiDelegate;
import io.yardmaster.contract.SystemInfoDto;
import io.yardmaster.engine.EngineLimits;
import io.yardmaster.executors.Executor;
import io.yardmaster.jobs.Jobs;
import io.yardmaster.jobs.Policy;
import io.yardmaster.jobs.SourceStatus;
import io.yardmaster.kernel.Actor;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.Nodes;
import io.yardmaster.security.CurrentActor;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** Translates between the contract and what the parts of the server know of themselves. */
@Component
class SystemEndpoint implements SystemApiDelegate {

    private static final String API_VERSION = "v1";
    private static final int SECONDS_FOR_THE_DATABASE = 2;

    private final Jobs jobs;
    private final Policy policy;
    private final List<Executor> executors;
    private final Nodes nodes;
    private final EngineLimits limits;
    private final CurrentActor actor;
    private final DataSource dataSource;
    private final Clock clock;
    private final Instant startedAt;
    private final String version;

    SystemEndpoint(
            Jobs jobs,
            Policy policy,
            List<Executor> executors,
            Nodes nodes,
            EngineLimits limits,
            CurrentActor actor,
            DataSource dataSource,
            Clock clock,
            @Value("${yardmaster.version}") String version) {
        this.jobs = jobs;
        this.policy = policy;
        this.executors = executors;
        this.nodes = nodes;
        this.limits = limits;
        this.actor = actor;
        this.dataSource = dataSource;
        this.clock = clock;
        this.startedAt = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        this.version = version;
    }

    @Override
    public ResponseEntity<HealthDto> getHealth() {
        requireDatabase();
        return ResponseEntity.ok(
                new HealthDto().status(HealthStatusDto.HEALTHY).version(version).uptimeSeconds(uptimeSeconds()));
    }

    /** Never asks the database: a server without one is to wait for it, not to be restarted. */
    @Override
    public ResponseEntity<ProbeDto> getLiveness() {
        return ok();
    }

    @Override
    public ResponseEntity<ProbeDto> getReadiness() {
        requireDatabase();
        return ok();
    }

    @Override
    public ResponseEntity<ProbeDto> getStartup() {
        return ok();
    }

    @Override
    public ResponseEntity<PrincipalDto> getPrincipal() {
        Actor caller = actor.get();
        return ResponseEntity.ok(new PrincipalDto()
                .subject(caller.subject())
                .tenant(caller.tenant().name())
                .scopes(caller.scopes().stream().sorted().toList())
                .groups(caller.groups().stream().sorted().toList())
                .method(caller.method())
                .expiresAt(caller.expiresAt()));
    }

    @Override
    public ResponseEntity<SystemInfoDto> getSystemInfo() {
        return ResponseEntity.ok(new SystemInfoDto()
                .version(version)
                .apiVersion(API_VERSION)
                .nodeId(nodes.self().toString())
                .startedAt(startedAt)
                .uptimeSeconds(uptimeSeconds())
                .securityProfile(SecurityProfileDto.fromValue(policy.floor().label()))
                .sources(jobs.sources(actor.get()).stream()
                        .map(SystemEndpoint::source)
                        .toList())
                .executors(executors.stream()
                        .map(executor ->
                                new ExecutorInfoDto().name(executor.name()).available(true))
                        .toList())
                .extensions(List.of())
                .limits(Map.of("max_concurrent_runs", (long) limits.maxConcurrentRuns())));
    }

    private static SourceInfoDto source(SourceStatus source) {
        return new SourceInfoDto()
                .name(source.name())
                .type(source.type())
                .jobs(source.jobs())
                .errors(source.errors())
                .syncedAt(source.syncedAt());
    }

    private void requireDatabase() {
        try (Connection connection = dataSource.getConnection()) {
            if (connection.isValid(SECONDS_FOR_THE_DATABASE)) {
                return;
            }
        } catch (SQLException e) {
            // Said below; the cause is in the log of whoever needs the database.
        }
        throw ProblemException.of(ProblemType.SERVICE_UNAVAILABLE, "The database does not answer. Try again shortly.");
    }

    private long uptimeSeconds() {
        return Duration.between(startedAt, clock.instant()).toSeconds();
    }

    private static ResponseEntity<ProbeDto> ok() {
        return ResponseEntity.ok(new ProbeDto().status("ok"));
    }
}
