/** Keeps secrets unreadable at rest: encryption under keys that can be rotated, and keyed digests. */
@ApplicationModule(allowedDependencies = {"database"})
@NullMarked
package io.yardmaster.secrets;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
