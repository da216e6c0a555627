package io.yardmaster.http;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A schema that is compiled when it is first asked for: compiling all of them would hold up every start. */
final class LazySchema {

    private final Supplier<ContractSchema> compiler;
    private volatile @Nullable ContractSchema compiled;

    LazySchema(Supplier<ContractSchema> compiler) {
        this.compiler = compiler;
    }

    ContractSchema get() {
        ContractSchema known = compiled;
        if (known == null) {
            // Two at once compile it twice, which does no harm.
            known = compiler.get();
            compiled = known;
        }
        return known;
    }
}
