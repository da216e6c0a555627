package io.yardmaster.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Helm chart: linted and rendered by Helm itself, as a library, and what comes out read as Kubernetes would. */
class HelmChartTest {

    private static final Path CHART = Path.of("helm/yardmaster");

    private static final String EVERYTHING = """
        image: {repository: registry.example.com/tools/yardmaster, tag: 1.2.3, pullPolicy: Always}
        imagePullSecrets: [{name: registry}]
        policy: {floor: secure}
        issuers:
          - issuer: https://login.example.com/realms/main
            audiences: [yardmaster, other]
            groupsClaim: roles
            tenantClaim: org
          - issuer: https://ci.example.com
            audiences: [yardmaster]
            jwks: {url: https://ci.example.com/keys}
            tenant: ci
          - issuer: https://third.example.com
            audiences: [yardmaster]
            jwks: {secret: third-keys, key: keys.json}
        sources:
          - name: team
            volume: {persistentVolumeClaim: {claimName: team-jobs, readOnly: true}}
            subPath: jobs
            tenants: [team]
          - name: shared
            volume: {configMap: {name: shared-jobs}}
        config:
          yardmaster: {engine: {max-concurrent-runs: 8}}
          logging: {level: {io.yardmaster: debug}}
        env: [{name: TZ, value: Europe/Vienna}]
        javaOptions: -XX:MaxRAMPercentage=50
        ingress: {enabled: true, host: jobs.example.com, tlsSecret: jobs-tls}
        networkPolicy: {enabled: true, from: [{namespaceSelector: {matchLabels: {name: ingress}}}]}
        serviceMonitor: {enabled: true}
        persistence: {size: 50Gi, storageClass: fast}
        podAnnotations: {team: a}
        podLabels: {team: a}
        nodeSelector: {kubernetes.io/arch: amd64}
        tolerations: [{key: jobs, operator: Exists}]
        topologySpreadConstraints: []
        priorityClassName: high
        serviceAccountName: yardmaster
        """;

    private static final String LITTLE = """
        fullnameOverride: jobs
        podDisruptionBudget: {enabled: false}
        ingress: {enabled: true, className: '', annotations: {}}
        """;

    @TempDir
    static Path folder;

    @BeforeAll
    static void helmIsThere() {
        try {
            Helm.version().call();
        } catch (IllegalStateException | UnsatisfiedLinkError e) {
            assumeTrue(false, "there is no Helm library for this machine: " + e.getMessage());
        }
    }

    static Stream<String> values() {
        return Stream.of("", LITTLE, EVERYTHING);
    }

    @Test
    void helm_finds_nothing_to_complain_about() {
        LintResult result = new Helm(CHART).lint().strict().call();

        assertThat(result.isFailed())
                .as(String.join("\n", result.getMessages()))
                .isFalse();
        assertThat(result.getMessages()).noneMatch(message -> message.contains("[WARNING]"));
    }

    @ParameterizedTest
    @MethodSource("values")
    void every_manifest_is_one_that_kubernetes_knows(String values) throws IOException {
        assertThat(render(values).kinds()).contains("ConfigMap", "Service", "StatefulSet");
    }

    @Test
    void what_is_not_asked_for_is_not_made() throws IOException {
        assertThat(render("").kinds())
                .containsExactlyInAnyOrder("ConfigMap", "Service", "Service", "StatefulSet", "PodDisruptionBudget");
        assertThat(render(EVERYTHING).kinds()).contains("Ingress", "NetworkPolicy", "ServiceMonitor");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "replica: 1",
                "policy: {floor: lax}",
                "issuers: []",
                "issuers: [{issuer: https://a.example.com}]",
                "issuers: [{issuer: https://a.example.com, audiences: [a], jwks: {secret: a, url: https://b}}]",
                "database: {secret: db, password: secret}",
                "sources: [{name: Team, volume: {emptyDir: {}}}]",
                "persistence: {size: big}",
                "blobs: {s3: {prefix: production/}}",
                "blobs: {s3: {bucket: Not_One}}",
                "blobs: {s3: {bucket: bytes, endpoint: s3.example.org}}",
                "blobs: {s3: {bucket: bytes, pathStyle: often}}",
                "blobs: {s3: {bucket: bytes, credentials: {secretAccessKey: secret}}}",
                "terminationGracePeriodSeconds: 10"
            })
    void values_that_make_no_sense_are_refused(String values) {
        assertThatThrownBy(() -> render(values)).hasMessageContaining("values don't meet the specifications");
    }

    @Test
    void replicas_that_share_no_volume_are_refused_with_the_reason() {
        assertThatThrownBy(() -> render("replicas: 2")).hasMessageContaining("more than one need blobs.volume");
    }

    @Test
    void replicas_keep_their_bytes_in_the_volume_that_they_share() throws IOException {
        Manifests rendered = render("""
            replicas: 3
            blobs: {volume: {persistentVolumeClaim: {claimName: shared}}}
            """);

        PodSpec pod = rendered.one(StatefulSet.class).getSpec().getTemplate().getSpec();
        assertThat(rendered.one(StatefulSet.class).getSpec().getReplicas()).isEqualTo(3);
        assertThat(pod.getVolumes())
                .filteredOn(volume -> volume.getName().equals("blobs"))
                .singleElement()
                .satisfies(
                        volume -> assertThat(volume.getPersistentVolumeClaim().getClaimName())
                                .isEqualTo("shared"));
        assertThat(pod.getContainers().getFirst().getVolumeMounts())
                .filteredOn(mount -> mount.getName().equals("blobs"))
                .extracting(VolumeMount::getMountPath)
                .containsExactly("/var/lib/yardmaster-blobs");
        assertThat(rendered.one(ConfigMap.class).getData().get("application.yaml"))
                .contains("dir: /var/lib/yardmaster-blobs");
    }

    @Test
    void bytes_have_one_place() {
        assertThatThrownBy(() -> render("blobs: {volume: {emptyDir: {}}, s3: {bucket: bytes}}"))
                .hasMessageContaining("leave one out");
    }

    @Test
    void replicas_keep_their_bytes_in_a_bucket_and_the_key_to_it_in_a_secret() throws IOException {
        Manifests rendered = render("""
            replicas: 2
            blobs:
              s3:
                bucket: bytes
                prefix: production/
                region: eu-central-1
                endpoint: https://s3.example.org
                pathStyle: false
                credentials: {secret: bucket-key, keys: {secretAccessKey: the-secret}}
            """);

        assertThat(Yaml.map(settings(rendered), "yardmaster", "blobs"))
                .isEqualTo(Map.of(
                        "store",
                        "s3",
                        "s3",
                        Map.of(
                                "bucket",
                                "bytes",
                                "prefix",
                                "production/",
                                "region",
                                "eu-central-1",
                                "endpoint",
                                "https://s3.example.org",
                                "path-style",
                                false)));
        KnownSettings known = KnownSettings.load();
        assertThat(KnownSettings.namesIn(settings(rendered)))
                .allSatisfy(name -> assertThat(known.contains(name)).as(name).isTrue());
        var secrets = volume(rendered, "secrets").orElseThrow().getProjected().getSources();
        assertThat(secrets)
                .filteredOn(source -> source.getSecret().getName().equals("bucket-key"))
                .singleElement()
                .satisfies(source -> assertThat(source.getSecret().getItems())
                        .extracting(item -> item.getKey() + " as " + item.getPath())
                        .containsExactly(
                                "access-key-id as yardmaster.blobs.s3.access-key-id",
                                "the-secret as yardmaster.blobs.s3.secret-access-key"))
                .satisfies(source -> assertThat(source.getSecret().getItems())
                        .allSatisfy(item ->
                                assertThat(known.contains(item.getPath())).isTrue()));
        PodSpec pod = rendered.one(StatefulSet.class).getSpec().getTemplate().getSpec();
        assertThat(pod.getVolumes()).extracting(Volume::getName).doesNotContain("blobs");
    }

    @Test
    void a_bucket_without_a_secret_leaves_the_key_to_the_role_of_the_pod() throws IOException {
        Manifests rendered = render("blobs: {s3: {bucket: bytes}}");

        assertThat(Yaml.map(settings(rendered), "yardmaster", "blobs"))
                .isEqualTo(Map.of("store", "s3", "s3", Map.of("bucket", "bytes")));
        assertThat(volume(rendered, "secrets").orElseThrow().getProjected().getSources())
                .hasSize(2);
    }

    @ParameterizedTest
    @MethodSource("values")
    void selectors_match_the_pods_and_ports_match_the_container(String values) throws IOException {
        Manifests manifests = render(values);
        StatefulSet set = manifests.one(StatefulSet.class);
        Map<String, String> pod = set.getSpec().getTemplate().getMetadata().getLabels();
        List<String> ports =
                server(set).getPorts().stream().map(ContainerPort::getName).toList();

        assertThat(pod).containsAllEntriesOf(set.getSpec().getSelector().getMatchLabels());
        assertThat(manifests.all(Service.class)).hasSize(2).allSatisfy(service -> {
            assertThat(pod).containsAllEntriesOf(service.getSpec().getSelector());
            assertThat(service.getSpec().getPorts())
                    .allSatisfy(port ->
                            assertThat(ports).contains(port.getTargetPort().getStrVal()));
        });
        assertThat(manifests.all(PodDisruptionBudget.class))
                .allSatisfy(budget -> assertThat(pod)
                        .containsAllEntriesOf(budget.getSpec().getSelector().getMatchLabels()));
        assertThat(manifests.all(NetworkPolicy.class)).allSatisfy(policy -> {
            assertThat(pod)
                    .containsAllEntriesOf(policy.getSpec().getPodSelector().getMatchLabels());
            assertThat(policy.getSpec().getIngress().getFirst().getPorts())
                    .allSatisfy(
                            port -> assertThat(ports).contains(port.getPort().getStrVal()));
        });
        assertThat(manifests.all(Service.class))
                .extracting(service -> service.getMetadata().getName())
                .contains(set.getSpec().getServiceName());
        assertThat(manifests.all(Ingress.class)).allSatisfy(ingress -> {
            var backend = ingress.getSpec()
                    .getRules()
                    .getFirst()
                    .getHttp()
                    .getPaths()
                    .getFirst()
                    .getBackend()
                    .getService();
            assertThat(manifests.all(Service.class))
                    .anySatisfy(service ->
                            assertThat(service.getMetadata().getName()).isEqualTo(backend.getName()));
        });
    }

    @ParameterizedTest
    @MethodSource("values")
    void probes_ask_what_the_contract_has(String values) throws IOException {
        Container server = server(render(values).one(StatefulSet.class));
        Map<String, Object> paths = Yaml.map(Yaml.read(Files.readString(Path.of("openapi/openapi.yaml"))), "paths");

        for (Probe probe : List.of(server.getStartupProbe(), server.getLivenessProbe(), server.getReadinessProbe())) {
            String path = probe.getHttpGet().getPath();
            assertThat(path).startsWith("/api/v1/");
            assertThat(paths.keySet()).containsAnyOf(path, path.substring("/api/v1".length()));
            assertThat(probe.getHttpGet().getPort().getStrVal()).isEqualTo("http");
        }
    }

    /** The pod security standard "restricted", and what it does not ask for yet. */
    @ParameterizedTest
    @MethodSource("values")
    void pods_are_restricted(String values) throws IOException {
        PodSpec pod =
                render(values).one(StatefulSet.class).getSpec().getTemplate().getSpec();

        assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod.getSecurityContext().getRunAsUser()).isNotZero();
        assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        assertThat(pod.getAutomountServiceAccountToken()).isFalse();
        assertThat(Stream.of(pod.getHostNetwork(), pod.getHostPID(), pod.getHostIPC()))
                .containsOnlyNulls();
        assertThat(pod.getVolumes()).noneMatch(volume -> volume.getHostPath() != null);
        assertThat(pod.getContainers()).hasSize(1).allSatisfy(container -> {
            assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                    .isFalse();
            assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                    .isTrue();
            assertThat(container.getSecurityContext().getPrivileged()).isNull();
            assertThat(container.getSecurityContext().getCapabilities().getDrop())
                    .containsExactly("ALL");
            assertThat(container.getSecurityContext().getCapabilities().getAdd())
                    .isEmpty();
            assertThat(container.getResources().getLimits()).containsKey("memory");
            assertThat(container.getPorts()).allMatch(port -> port.getHostPort() == null);
        });
    }

    @ParameterizedTest
    @MethodSource("values")
    void volumes_are_there_and_only_the_data_and_tmp_can_be_written(String values) throws IOException {
        StatefulSet set = render(values).one(StatefulSet.class);
        List<String> volumes = Stream.concat(
                        set.getSpec().getTemplate().getSpec().getVolumes().stream()
                                .map(Volume::getName),
                        set.getSpec().getVolumeClaimTemplates().stream()
                                .map(claim -> claim.getMetadata().getName()))
                .toList();

        assertThat(server(set).getVolumeMounts())
                .extracting(VolumeMount::getName)
                .containsExactlyInAnyOrderElementsOf(volumes);
        assertThat(server(set).getVolumeMounts())
                .filteredOn(mount -> !Boolean.TRUE.equals(mount.getReadOnly()))
                .extracting(VolumeMount::getMountPath)
                .containsExactlyInAnyOrder("/var/lib/yardmaster", "/tmp");
        assertThat(set.getSpec().getVolumeClaimTemplates())
                .as("a host is a data directory: it has to come back with the pod")
                .extracting(claim -> claim.getMetadata().getName())
                .containsExactly("data");
    }

    @ParameterizedTest
    @MethodSource("values")
    void settings_are_those_that_the_server_has(String values) throws IOException {
        KnownSettings known = KnownSettings.load();
        Manifests manifests = render(values);

        assertThat(KnownSettings.namesIn(settings(manifests)))
                .filteredOn(name -> !name.startsWith("logging.level."))
                .contains("yardmaster.policy.floor", "yardmaster.security.issuers[0].issuer")
                .allSatisfy(name -> assertThat(known.contains(name))
                        .as("the setting %s", name)
                        .isTrue());
        assertThat(server(manifests.one(StatefulSet.class)).getEnv())
                .filteredOn(variable -> variable.getName().startsWith("SPRING_")
                        || variable.getName().startsWith("YARDMASTER_"))
                .isNotEmpty()
                .allSatisfy(variable -> assertThat(known.containsEnvironment(variable.getName()))
                        .isTrue());
    }

    @Test
    void secrets_are_files_named_like_the_settings_they_hold() throws IOException {
        Manifests manifests = render("");
        KnownSettings known = KnownSettings.load();
        var secrets = volume(manifests, "secrets").orElseThrow().getProjected().getSources();

        assertThat(secrets)
                .extracting(source -> source.getSecret().getName())
                .containsExactly("yardmaster-database", "yardmaster-encryption");
        assertThat(secrets)
                .flatMap(source -> source.getSecret().getItems())
                .extracting(item -> item.getPath())
                .containsExactlyInAnyOrder(
                        "spring.datasource.url",
                        "spring.datasource.username",
                        "spring.datasource.password",
                        "yardmaster.secrets.keys")
                .allSatisfy(name -> assertThat(known.contains(name)).isTrue());
        assertThat(manifests.kinds()).doesNotContain("Secret");
    }

    @Test
    void the_key_set_is_where_the_settings_say() throws IOException {
        Manifests manifests = render(EVERYTHING);

        List<Map<String, Object>> issuers =
                Yaml.list(Yaml.map(settings(manifests), "yardmaster", "security"), "issuers");
        assertThat(issuers.get(0)).doesNotContainKey("jwks").containsEntry("groups-claim", "roles");
        assertThat(issuers.get(1)).containsEntry("jwks", "https://ci.example.com/keys");
        assertThat(issuers.get(2)).containsEntry("jwks", "/etc/yardmaster/jwks/2/jwks.json");
        assertThat(volume(manifests, "jwks-0")).isEmpty();
        assertThat(volume(manifests, "jwks-2").orElseThrow().getSecret().getSecretName())
                .isEqualTo("third-keys");
        assertThat(server(manifests.one(StatefulSet.class)).getVolumeMounts())
                .anySatisfy(mount -> assertThat(mount.getMountPath()).isEqualTo("/etc/yardmaster/jwks/2"));
    }

    @Test
    void sources_are_mounted_where_the_settings_say() throws IOException {
        Manifests manifests = render(EVERYTHING);

        assertThat(Yaml.list(Yaml.map(settings(manifests), "yardmaster"), "sources"))
                .isEqualTo(List.of(
                        Map.of("name", "team", "type", "fs", "path", "/srv/jobs/team", "tenants", List.of("team")),
                        Map.of("name", "shared", "type", "fs", "path", "/srv/jobs/shared")));
        assertThat(server(manifests.one(StatefulSet.class)).getVolumeMounts())
                .extracting(VolumeMount::getMountPath)
                .contains("/srv/jobs/team", "/srv/jobs/shared");
    }

    @Test
    void settings_of_ones_own_win() throws IOException {
        Map<String, Object> yardmaster = Yaml.map(settings(render(EVERYTHING)), "yardmaster");

        assertThat(Yaml.map(yardmaster, "engine")).containsEntry("max-concurrent-runs", 8);
        assertThat(Yaml.map(yardmaster, "policy")).containsEntry("floor", "secure");
    }

    @Test
    void the_floor_is_said_to_be_permissive() throws IOException {
        assertThat(Yaml.map(settings(render("")), "yardmaster", "policy")).containsEntry("floor", "permissive");
        assertThat(Files.readString(CHART.resolve("templates/NOTES.txt"))).contains("without a sandbox");
    }

    @Test
    void an_ingress_lets_streams_through() throws IOException {
        assertThat(render(EVERYTHING).one(Ingress.class).getMetadata().getAnnotations())
                .containsEntry("nginx.ingress.kubernetes.io/proxy-buffering", "off")
                .containsEntry("nginx.ingress.kubernetes.io/proxy-read-timeout", "3600")
                .containsEntry("nginx.ingress.kubernetes.io/proxy-body-size", "0");
    }

    @Test
    void a_stopping_pod_has_time_to_drain() throws IOException {
        PodSpec pod = render("").one(StatefulSet.class).getSpec().getTemplate().getSpec();
        String phase = (String) Objects.requireNonNull(Yaml.map(
                        Yaml.readAll(Files.readString(Path.of("src/main/resources/application.yaml")))
                                .getFirst(),
                        "spring",
                        "lifecycle")
                .get("timeout-per-shutdown-phase"));

        assertThat(pod.getContainers().getFirst().getLifecycle())
                .as("readiness goes down before anything else does")
                .isNull();
        assertThat(Duration.ofSeconds(pod.getTerminationGracePeriodSeconds()))
                .isGreaterThan(seconds(phase)
                        .multipliedBy(2)
                        .plus(seconds(KnownSettings.load().standard("yardmaster.shutdown.drain-delay"))));
    }

    private static Duration seconds(String text) {
        return Duration.ofSeconds(Long.parseLong(text.replaceAll("s$", "")));
    }

    @Test
    void metrics_are_asked_for_with_a_token() throws IOException {
        Map<String, Object> monitor = render(EVERYTHING).other("ServiceMonitor").orElseThrow();

        Map<String, Object> endpoint = Yaml.<Map<String, Object>>list(Yaml.map(monitor, "spec"), "endpoints")
                .getFirst();
        assertThat(endpoint).containsEntry("path", "/metrics").containsEntry("port", "http");
        assertThat(Yaml.map(endpoint, "authorization", "credentials")).containsKeys("name", "key");
    }

    private static Manifests render(String values) throws IOException {
        Path file = Files.createTempFile(folder, "values", ".yaml");
        Files.writeString(file, values);
        return Manifests.read(new Helm(CHART)
                .template()
                .withName("test")
                .withNamespace("jobs")
                .withKubeVersion("1.27.0")
                .withValuesFile(file)
                .call());
    }

    private static Map<String, Object> settings(Manifests manifests) {
        return Yaml.read(
                Objects.requireNonNull(manifests.one(ConfigMap.class).getData().get("application.yaml")));
    }

    private static Container server(StatefulSet set) {
        return set.getSpec().getTemplate().getSpec().getContainers().getFirst();
    }

    private static Optional<Volume> volume(Manifests manifests, String name) {
        return manifests.one(StatefulSet.class).getSpec().getTemplate().getSpec().getVolumes().stream()
                .filter(volume -> volume.getName().equals(name))
                .findFirst();
    }
}
