/** Yardmaster: a server that lists, plans, runs and streams jobs kept as folders of scripts. */
@NullMarked
package io.yardmaster;

import org.jspecify.annotations.NullMarked;
