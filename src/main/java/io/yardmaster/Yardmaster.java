package io.yardmaster;

import java.time.Clock;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/** Starts the server. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class Yardmaster {

    public static void main(String[] args) {
        SpringApplication.run(Yardmaster.class, args);
    }

    /** This machine's clock; what runs are timed by is the database's. */
    @Bean
    @Primary
    Clock clock() {
        return Clock.systemUTC();
    }
}
