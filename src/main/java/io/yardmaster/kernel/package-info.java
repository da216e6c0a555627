/** The few types that every module speaks in: typed ids, tenants, actors, digests, pages. */
@ApplicationModule(allowedDependencies = {})
@NullMarked
package io.yardmaster.kernel;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
