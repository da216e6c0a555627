/** Who is calling: tokens, issuers, scopes, tenants, and what a browser may do. */
@ApplicationModule(allowedDependencies = {"kernel", "problems", "database"})
@NullMarked
package io.yardmaster.security;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
