/** Answers the contract's operations on artifacts. */
@NullMarked
package io.yardmaster.artifacts.web;

import org.jspecify.annotations.NullMarked;
