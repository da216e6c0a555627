package io.yardmaster.engine;

import io.yardmaster.database.DataDirectory;
import io.yardmaster.executors.RunFolders;
import io.yardmaster.executors.process.HostLease;
import io.yardmaster.executors.process.ProcessExecutor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

@Configuration(proxyBeanMethods = false)
class EngineConfiguration {

    @Bean
    RunFolders runFolders(DataDirectory directory) {
        return new RunFolders(directory.path());
    }

    /** Nobody else can reach the PostgreSQL that the server brings itself, and so nobody can take anything over. */
    @Bean
    HostLease hostLease(DataDirectory directory, EngineProperties properties, Environment environment) {
        return environment.containsProperty("spring.datasource.url")
                ? HostLease.of(directory.path(), properties.lease(), properties.orphanGrace())
                : HostLease.unlimited(directory.path());
    }

    @Bean
    ProcessExecutor processExecutor(DataDirectory directory, HostLease lease) {
        return new ProcessExecutor(directory.path(), lease);
    }
}
