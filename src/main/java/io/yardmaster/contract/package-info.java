/** The contract in Java, generated from {@code openapi/}: what goes over the wire, and one delegate for each tag to implement. */
@ApplicationModule(allowedDependencies = {})
@NullMarked
package io.yardmaster.contract;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
