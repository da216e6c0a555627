/** Content-addressed bytes, kept in a folder or in an object store. */
@ApplicationModule(allowedDependencies = {"kernel", "database"})
@NullMarked
package io.yardmaster.blobs;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
