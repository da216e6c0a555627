package io.yardmaster.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The contract keeps what was promised with its last release. {@code -Dcontract.release=true} makes a release of what
 * keeps it.
 */
class ReleasedContractTest {

    private static final Path RELEASED = Path.of("openapi", "released", "openapi.yaml");

    @Test
    void nothing_breaks_that_was_released() throws IOException {
        Object released = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(RELEASED));
        assertThat(BreakingChanges.between(
                        new BundledContract(JsonMapper.shared().<JsonNode>valueToTree(released)),
                        BundledContract.load()))
                .as("breaks clients of %s; what has to break goes to /api/v2 (see CONTRIBUTING.md)", RELEASED)
                .isEmpty();
        if (Boolean.getBoolean("contract.release")) {
            try (InputStream bundled = BundledContract.open("openapi.yaml")) {
                Files.write(RELEASED, bundled.readAllBytes());
            }
        }
    }
}
