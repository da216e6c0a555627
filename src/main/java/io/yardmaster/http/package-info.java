/** What happens to a request before its endpoint sees it: its id, its bounds, its check against the contract. */
@ApplicationModule(allowedDependencies = {"kernel", "problems", "tracing"})
@NullMarked
package io.yardmaster.http;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
