package io.yardmaster.http;

import com.networknt.schema.Schema;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A schema that is compiled when it is first asked for: compiling all of them would hold up every start. */
final class LazySchema {

    private final Supplier<Schema> compiler;
    private volatile @Nullable Schema compiled;

    LazySchema(Supplier<Schema> compiler) {
        this.compiler = compiler;
    }

    Schema get() {
        Schema known = compiled;
        if (known == null) {
            // Two at once compile it twice, which does no harm.
            known = compiler.get();
            compiled = known;
        }
        return known;
    }
}
