/**
 * Tells other servers, over PostgreSQL's LISTEN and NOTIFY, where to look. A module of its own below the features, because
 * logs, runs and the engine all ring and are rung, and it knows of them nothing but the ids of runs.
 */
@ApplicationModule(allowedDependencies = {"kernel", "database"})
@NullMarked
package io.yardmaster.wakeups;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
