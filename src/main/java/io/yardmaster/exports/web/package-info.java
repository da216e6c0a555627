/** Exports over HTTP. */
@NullMarked
package io.yardmaster.exports.web;

import org.jspecify.annotations.NullMarked;
