package io.yardmaster.system;

import io.yardmaster.contract.ExecutorInfoDto;
import io.yardmaster.contract.HealthDto;
import io.yardmaster.contract.HealthStatusDto;
import io.yardmaster.contract.NodeDto;
import io.yardmaster.contract.NodeListDto;
import io.yardmaster.contract.NodeStatusDto;
import io.yardmaster.contract.ParkedRunsDto;
import io.yardmaster.contract.PrincipalDto;
import io.yardmaster.contract.ProbeDto;
import io.yardmaster.contract.QueueDto;
import io.yardmaster.contract.QueueReportDto;
import io.yardmaster.contract.QueueTotalDto;
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
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.HistoryDays;
import io.yardmaster.runs.NodeView;
import io.yardmaster.runs.Nodes;
import io.yardmaster.runs.QueueFigures;
import io.yardmaster.runs.RunState;
import io.yardmaster.security.CurrentActor;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** Translates between the contract and what the parts of the server know of themselves. */
@Component
class SystemEndpoint implements SystemApiDelegate {

    private static final String API_VERSION = "v1";

    private final Jobs jobs;
    private final Policy policy;
    private final List<Executor> executors;
    private final Nodes nodes;
    private final QueueFigures queues;
    private final HistoryDays days;
    private final EngineLimits limits;
    private final CurrentActor actor;
    private final Readiness readiness;
    private final Clock clock;
    private final Instant startedAt;
    private final String version;

    SystemEndpoint(
            Jobs jobs,
            Policy policy,
            List<Executor> executors,
            Nodes nodes,
            QueueFigures queues,
            HistoryDays days,
            EngineLimits limits,
            CurrentActor actor,
            Readiness readiness,
            Clock clock,
            @Value("${yardmaster.version}") String version) {
        this.jobs = jobs;
        this.policy = policy;
        this.executors = executors;
        this.nodes = nodes;
        this.queues = queues;
        this.days = days;
        this.limits = limits;
        this.actor = actor;
        this.readiness = readiness;
        this.clock = clock;
        this.startedAt = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        this.version = version;
    }

    @Override
    public ResponseEntity<HealthDto> getHealth() {
        requireReadiness();
        return ResponseEntity.ok(new HealthDto()
                .status(days.areReadyForTomorrow() ? HealthStatusDto.HEALTHY : HealthStatusDto.DEGRADED)
                .version(version)
                .uptimeSeconds(uptimeSeconds()));
    }

    /** Never asks the database: a server without one is to wait for it, not to be restarted. */
    @Override
    public ResponseEntity<ProbeDto> getLiveness() {
        return ok();
    }

    @Override
    public ResponseEntity<ProbeDto> getReadiness() {
        requireReadiness();
        return ok();
    }

    @Override
    public ResponseEntity<ProbeDto> getStartup() {
        if (!readiness.hasStarted()) {
            throw notReady("The server is starting. Ask again in a moment.", List.of("starting"));
        }
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
                .limits(limits()));
    }

    @Override
    public ResponseEntity<NodeListDto> getSystemNodes() {
        return ResponseEntity.ok(
                new NodeListDto().nodes(nodes.list().stream().map(this::node).toList()));
    }

    @Override
    public ResponseEntity<QueueReportDto> getSystemQueues() {
        Tenant tenant = actor.get().tenant();
        QueueFigures.Report report = queues.report();
        QueueFigures.Totals totals = report.totals();
        return ResponseEntity.ok(new QueueReportDto()
                .total(new QueueTotalDto()
                        .ready(totals.ready())
                        .scheduled(totals.scheduled())
                        .parked(totals.parked())
                        .tenants(report.tenants())
                        .running(totals.runs(RunState.RUNNING) + totals.runs(RunState.CANCELLING))
                        .waiting(totals.runs(RunState.WAITING) + totals.runs(RunState.PAUSED))
                        .oldestWaitSeconds(totals.oldestWait().toSeconds()))
                .limits(limits())
                .weight(queues.weight(tenant).doubleValue())
                .queues(report.queues().stream()
                        .filter(queue -> queue.tenant().equals(tenant))
                        .map(SystemEndpoint::queue)
                        .toList())
                .parked(report.parked().stream()
                        .filter(parked -> parked.tenant().equals(tenant))
                        .map(SystemEndpoint::parked)
                        .toList()));
    }

    private Map<String, Long> limits() {
        Map<String, Long> byName = new LinkedHashMap<>();
        byName.put("max_concurrent_runs", (long) limits.maxConcurrentRuns());
        if (queues.runsPerTenant() > 0) {
            byName.put("runs_per_tenant", (long) queues.runsPerTenant());
        }
        return byName;
    }

    private NodeDto node(NodeView node) {
        return new NodeDto()
                .nodeId(node.node().toString())
                .hostId(node.host().toString())
                .hostname(node.hostname())
                .version(node.version())
                .status(NodeStatusDto.fromValue(node.state()))
                .startedAt(node.startedAt())
                .lastBeatAgeSeconds(node.sinceBeat().toSeconds())
                .runsOwned(node.runs())
                .answering(node.node().equals(nodes.self()));
    }

    private static ParkedRunsDto parked(QueueFigures.Parked parked) {
        return new ParkedRunsDto()
                .key(parked.key())
                .limit(parked.limit())
                .held(parked.held())
                .parked(parked.parked())
                .oldestWaitSeconds(parked.oldestWait().toSeconds());
    }

    private static QueueDto queue(QueueFigures.Queue queue) {
        return new QueueDto()
                .tenant(queue.tenant().name())
                .priority(queue.priority())
                .ready(queue.ready())
                .scheduled(queue.scheduled())
                .parked(queue.parked())
                .running(queue.running())
                .waiting(queue.waiting())
                .oldestWaitSeconds(queue.oldestWait().toSeconds())
                .starving(queue.starving());
    }

    private static SourceInfoDto source(SourceStatus source) {
        return new SourceInfoDto()
                .name(source.name())
                .type(source.type())
                .jobs(source.jobs())
                .errors(source.errors())
                .syncedAt(source.syncedAt());
    }

    private void requireReadiness() {
        List<String> missing = readiness.missing();
        if (!missing.isEmpty()) {
            throw notReady("Not ready: " + String.join(", ", missing) + ". Ask again in a moment.", missing);
        }
    }

    private static ProblemException notReady(String detail, List<String> missing) {
        return ProblemException.of(ProblemType.SERVICE_UNAVAILABLE, detail).with("not_ready", missing);
    }

    private long uptimeSeconds() {
        return Duration.between(startedAt, clock.instant()).toSeconds();
    }

    private static ResponseEntity<ProbeDto> ok() {
        return ResponseEntity.ok(new ProbeDto().status("ok"));
    }
}
