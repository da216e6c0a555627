/** What Yardmaster is shipped as: the image, the Compose file and the Helm chart. */
@NullMarked
package io.yardmaster.packaging;

import org.jspecify.annotations.NullMarked;
