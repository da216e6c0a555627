/** Runs attempts as processes of this host, which outlive the server. */
@NamedInterface("process")
@NullMarked
package io.yardmaster.executors.process;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
