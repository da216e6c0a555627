/** Every error the server answers with: one table of problem types, one exception, one handler. */
@ApplicationModule(allowedDependencies = {})
@NullMarked
package io.yardmaster.problems;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
