package io.yardmaster.http;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.yardmaster.http.RouteTable.Route;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The contract that this program is built with. */
class BundledContractTest {

    private final ContractText text = ContractText.bundled();
    private final Contract contract = text.read();
    private final JsonBody json = new JsonBody(new HttpSettings(
            DataSize.ofMegabytes(1),
            DataSize.ofKilobytes(16),
            64,
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            List.of()));

    @Test
    void every_operation_has_a_route_and_every_example_of_a_body_is_without_fault() {
        JsonNode document = JsonMapper.shared().readTree(text.json());
        int examples = 0;
        for (var path : document.path("paths").properties()) {
            String before = path.getValue().has("servers") ? "" : contract.prefix();
            String sample = before + path.getKey().replaceAll("\\{[a-z_]+}", "x");
            for (var method : path.getValue().properties()) {
                JsonNode id = method.getValue().path("operationId");
                if (id.isMissingNode()) {
                    continue;
                }
                Route route = requireNonNull(contract.routes().find(sample), sample);
                Operation operation =
                        requireNonNull(route.operation(method.getKey().toUpperCase(Locale.ROOT)), sample);
                assertThat(operation.id()).isEqualTo(id.asString());
                assertThat(operation.isPublic() || method.getValue().has("x-required-scope"))
                        .isTrue();
                JsonNode bodies = method.getValue().at("/requestBody/content/application~1json/examples");
                for (JsonNode example : bodies) {
                    byte[] bytes = JsonMapper.shared().writeValueAsBytes(example.path("value"));
                    assertThat(json.read(bytes, requireNonNull(operation.body()))
                                    .faults())
                            .as("%s", example)
                            .isEmpty();
                    examples++;
                }
            }
        }
        assertThat(examples).isPositive();
    }

    @Test
    void every_schema_in_it_can_be_compiled() {
        assertThatCode(() -> text.read().compileAll()).doesNotThrowAnyException();
    }
}
