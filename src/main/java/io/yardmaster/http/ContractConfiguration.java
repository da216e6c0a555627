package io.yardmaster.http;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the bundled contract ready, once, at start. */
@Configuration(proxyBeanMethods = false)
class ContractConfiguration {

    @Bean
    ContractText contractText() {
        return ContractText.bundled();
    }

    @Bean
    Contract contract(ContractText text) {
        return text.read();
    }

    /** Once requests are welcome, and before most of them are there. */
    @Bean
    ApplicationListener<ApplicationReadyEvent> contractWarmUp(Contract contract) {
        return ready -> Thread.ofVirtual().name("contract-warm-up").start(contract::compileAll);
    }
}
