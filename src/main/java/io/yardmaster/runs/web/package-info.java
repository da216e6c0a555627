/** Answers the contract's operations on runs. */
@NullMarked
package io.yardmaster.runs.web;

import org.jspecify.annotations.NullMarked;
