package io.yardmaster.jobs;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where jobs come from.
 *
 * @param sources the sources, each with a name of its own
 */
@ConfigurationProperties("yardmaster")
record SourcesProperties(@DefaultValue List<Source> sources) {

    /**
     * One source.
     *
     * @param name what the API calls it: lower-case letters, digits, {@code -} and {@code _}
     * @param type {@code fs}: a folder on the server's machine
     * @param path the folder; every folder in it with a {@code config.yaml} is a job
     * @param tenants who sees its jobs; {@code *} stands for everybody
     */
    record Source(
            @Nullable String name,
            @DefaultValue("fs") String type,
            @Nullable Path path,
            @DefaultValue("*") List<String> tenants) {}
}
