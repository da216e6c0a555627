package io.yardmaster.database;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Where the server keeps what it writes.
 *
 * @param dataDir the folder for everything this server writes: the embedded database, job versions, artifacts, running
 *     steps. One server at a time
 * @param embeddedPort the port of the embedded PostgreSQL on 127.0.0.1; 0 picks a free one. Ignored when
 *     {@code spring.datasource.url} names a PostgreSQL
 * @param embeddedPrograms the folder that the programs of the embedded PostgreSQL are unpacked to when they are not there
 *     yet; {@code postgres-binaries} in the data directory where it is not set. Servers may share it
 */
@Validated
@ConfigurationProperties("yardmaster")
record DatabaseProperties(
        @DefaultValue(".yardmaster") Path dataDir,
        @DefaultValue("0") @Min(0) @Max(65535) int embeddedPort,
        @Nullable Path embeddedPrograms) {}
