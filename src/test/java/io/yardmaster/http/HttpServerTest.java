package io.yardmaster.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.test.context.SpringBootTest;

/** A test against {@link HttpTestApp} on a free port; all such tests share one server. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(
        classes = {HttpTestApp.class, HttpTestApp.Endpoints.class},
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "spring.profiles.active=",
            "spring.threads.virtual.enabled=true",
            "spring.servlet.multipart.enabled=false",
            "spring.mvc.formcontent.filter.enabled=false",
            "springdoc.swagger-ui.url=/openapi.yaml"
        })
@interface HttpServerTest {}
