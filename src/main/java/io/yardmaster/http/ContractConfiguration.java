package io.yardmaster.http;

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
}
