package io.yardmaster.blobs;

import io.yardmaster.database.DataDirectory;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Chooses the store. */
@Configuration(proxyBeanMethods = false)
class BlobConfiguration {

    @Bean
    SweptBlobStore blobStore(BlobProperties properties, S3Properties s3, DataDirectory directory) throws IOException {
        return switch (properties.store()) {
            case FILE -> {
                Path dir = properties.dir();
                yield new FileBlobStore(dir == null ? directory.folder("blobs") : dir, directory.hostId());
            }
            case S3 ->
                new S3BlobStore(
                        new Bucket(s3), IncomingFiles.folder(directory.folder("incoming-blobs")), directory.hostId());
        };
    }
}
