package io.yardmaster.engine;

import io.yardmaster.database.DataDirectory;
import io.yardmaster.executors.RunFolders;
import io.yardmaster.executors.process.ProcessExecutor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class EngineConfiguration {

    @Bean
    RunFolders runFolders(DataDirectory directory) {
        return new RunFolders(directory.path());
    }

    @Bean
    ProcessExecutor processExecutor(DataDirectory directory) {
        return new ProcessExecutor(directory.path());
    }
}
