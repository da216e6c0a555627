/** What tests share: a whole server, a client, jobs in folders. */
@NullMarked
package io.yardmaster.testkit;

import org.jspecify.annotations.NullMarked;
