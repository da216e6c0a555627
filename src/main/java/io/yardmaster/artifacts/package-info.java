/** Files that runs leave behind. */
@ApplicationModule(
        allowedDependencies = {"kernel", "problems", "database", "security", "blobs", "events", "runs", "contract"})
@NullMarked
package io.yardmaster.artifacts;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
