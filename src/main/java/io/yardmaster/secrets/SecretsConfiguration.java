package io.yardmaster.secrets;

import io.yardmaster.database.DataDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.env.Profiles;

@Configuration(proxyBeanMethods = false)
class SecretsConfiguration {

    @Bean
    SecretKeys secretKeys(SecretsProperties properties, Environment environment, DataDirectory directory) {
        List<String> keys = properties.keys();
        if (keys.isEmpty() && environment.acceptsProfiles(Profiles.of("dev"))) {
            keys = List.of(ownKey(directory.path().resolve("secrets.key")));
        }
        return SecretKeys.parse(keys);
    }

    @Bean
    SecretBox secretBox(SecretKeys keys) {
        return new SecretBox(keys);
    }

    @Bean
    KeyedDigest keyedDigest(SecretKeys keys) {
        return new KeyedDigest(keys);
    }

    /** The key of a development server, made once. */
    private static String ownKey(Path file) {
        try {
            if (Files.notExists(file)) {
                byte[] key = new byte[SecretKeys.BYTES];
                new SecureRandom().nextBytes(key);
                Path fresh = file.resolveSibling("secrets.key.new");
                Files.deleteIfExists(fresh);
                Files.createFile(
                        fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                Files.writeString(fresh, "dev:" + Base64.getEncoder().encodeToString(key) + "\n");
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
