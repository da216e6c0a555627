package io.yardmaster.secrets;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The keys that keep secrets unreadable at rest.
 *
 * @param keys each {@code id:key}: an id of letters, digits and {@code -}, and 32 random bytes in Base64. The first
 *     encrypts, all of them decrypt: to rotate, put a new one in front and remove the old one when no plan and no run
 *     made under it is left. All replicas have the same. Only in profile {@code dev} may there be none: a key is made
 *     then and kept in the data directory
 */
@ConfigurationProperties("yardmaster.secrets")
record SecretsProperties(@DefaultValue List<String> keys) {}
