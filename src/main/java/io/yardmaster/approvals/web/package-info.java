/** Answers the contract's operations on approvals. */
@NullMarked
package io.yardmaster.approvals.web;

import org.jspecify.annotations.NullMarked;
