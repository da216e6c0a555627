package io.yardmaster.kernel;

import java.util.regex.Pattern;

/**
 * The party a run, a plan or an artifact belongs to. Nothing of one tenant is visible to another.
 *
 * @param name lower-case letters, digits, {@code -} and {@code _}; at most 63 characters
 */
public record Tenant(String name) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");

    /** The tenant of tokens that name none. */
    public static final Tenant DEFAULT = new Tenant("default");

    public Tenant {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a tenant name: " + name);
        }
    }

    /** Whether {@code name} can be a tenant's name. */
    public static boolean isValid(String name) {
        return NAME.matcher(name).matches();
    }

    @Override
    public String toString() {
        return name;
    }
}
