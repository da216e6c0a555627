package io.yardmaster;

import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

class ModularityTest {

    @Test
    void every_module_uses_only_what_it_says_it_does() {
        ApplicationModules.of(Yardmaster.class).verify();
    }
}
