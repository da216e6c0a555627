/** Keeps secrets unreadable: encryption at rest under keys that can be rotated, keyed digests, and masks in output. */
@ApplicationModule(allowedDependencies = {"kernel", "database"})
@NullMarked
package io.yardmaster.secrets;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
