/** Jobs and plans over HTTP. */
@NullMarked
package io.yardmaster.jobs.web;

import org.jspecify.annotations.NullMarked;
