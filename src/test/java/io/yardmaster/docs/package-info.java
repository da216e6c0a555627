/** The documentation does what it says: its commands run, its links lead somewhere, what it names exists. */
@NullMarked
package io.yardmaster.docs;

import org.jspecify.annotations.NullMarked;
