/** Answers the contract's operations on events. */
@NullMarked
package io.yardmaster.events.web;

import org.jspecify.annotations.NullMarked;
