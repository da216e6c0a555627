package io.yardmaster.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.TestServer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

class AutoConfigurationTest {

    /** A name that a new version has changed would exclude nothing any more, and nobody would be told. */
    @Test
    void what_is_excluded_would_be_there_otherwise() {
        List<String> excluded = Binder.get(TestServer.shared().bean(Environment.class))
                .bind("spring.autoconfigure.exclude", Bindable.listOf(String.class))
                .get();
        Set<String> all = new HashSet<>(
                ImportCandidates.load(AutoConfiguration.class, getClass().getClassLoader())
                        .getCandidates());

        assertThat(excluded).isNotEmpty().doesNotHaveDuplicates();
        assertThat(all).containsAll(excluded);
    }
}
