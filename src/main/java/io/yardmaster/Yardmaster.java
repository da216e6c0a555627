package io.yardmaster;

import java.time.Clock;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;

/** Starts the server. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class Yardmaster {

    public static void main(String[] args) {
        SpringApplication.run(Yardmaster.class, args);
    }

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }
}
