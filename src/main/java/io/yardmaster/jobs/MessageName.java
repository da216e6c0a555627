package io.yardmaster.jobs;

import java.util.regex.Pattern;

/** What signals and updates can be called. */
final class MessageName {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    private MessageName() {}

    /**
     * Whether this is a name for one; where it is none, that is noted.
     *
     * @param what has the name
     */
    static boolean isOne(String name, String what, ConfigNode node) {
        boolean isOne = NAME.matcher(name).matches();
        if (!isOne) {
            node.error(what + "'s name has letters, digits, '-', '_' and '.', and begins with a letter or digit");
        }
        return isOne;
    }
}
