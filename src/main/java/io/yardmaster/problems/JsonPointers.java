package io.yardmaster.problems;

import com.networknt.schema.path.NodePath;

/** Places in JSON documents, written as <a href="https://www.rfc-editor.org/rfc/rfc6901">RFC 6901</a> has them. */
public final class JsonPointers {

    private JsonPointers() {}

    /** A name as part of a pointer. */
    public static String token(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    /**
     * Where a validator is in a document. Its own writing of it has a backslash and a letter for a line break, which is
     * neither a pointer nor the name as it was given: a secret in it would not be known again.
     */
    public static String of(NodePath place) {
        StringBuilder pointer = new StringBuilder();
        for (int i = 0; i < place.getNameCount(); i++) {
            pointer.append('/').append(token(String.valueOf(place.getElement(i))));
        }
        return pointer.toString();
    }
}
