/** Jobs and plans over HTTP. */
@NamedInterface("web")
@NullMarked
package io.yardmaster.jobs.web;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
