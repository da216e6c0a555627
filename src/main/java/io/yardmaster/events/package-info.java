/** A run's log: one gap-free sequence of events and output lines, appended in batches, read and streamed by cursor. */
@ApplicationModule(allowedDependencies = {"kernel", "problems", "database", "wakeups", "security", "contract"})
@NullMarked
package io.yardmaster.events;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
