package io.yardmaster.database;

import io.yardmaster.kernel.Tenant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whose data the current thread may touch. Every transaction belongs to one tenant, or explicitly to all of them (the
 * engine, the tails of streams); a transaction begun without either is refused.
 */
public final class Tenancy {

    /** What the row-level security policies read as "all tenants"; no tenant can be named so. */
    static final String ALL = "*";

    private static final ScopedValue<String> BOUND = ScopedValue.newInstance();

    private Tenancy() {}

    /** Runs {@code work} for one tenant. */
    public static <T extends @Nullable Object, X extends Throwable> T call(
            Tenant tenant, ScopedValue.CallableOp<? extends T, X> work) throws X {
        return ScopedValue.where(BOUND, tenant.name()).call(work);
    }

    /** Runs {@code work} over the data of all tenants. For the server's own machinery, never on behalf of a caller. */
    public static <T extends @Nullable Object, X extends Throwable> T allTenants(
            ScopedValue.CallableOp<? extends T, X> work) throws X {
        return ScopedValue.where(BOUND, ALL).call(work);
    }

    /** The tenant of the current thread; empty outside {@link #call} and inside {@link #allTenants}. */
    public static Optional<Tenant> current() {
        return BOUND.isBound() && !BOUND.get().equals(ALL) ? Optional.of(new Tenant(BOUND.get())) : Optional.empty();
    }

    static Optional<String> bound() {
        return BOUND.isBound() ? Optional.of(BOUND.get()) : Optional.empty();
    }
}
