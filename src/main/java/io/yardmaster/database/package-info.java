/** The PostgreSQL behind the server: embedded or given, and the tenant each transaction belongs to. */
@ApplicationModule(allowedDependencies = {"kernel"})
@NullMarked
package io.yardmaster.database;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
