package io.yardmaster.kernel;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list read by keyset.
 *
 * @param items at most as many as were asked for
 * @param nextToken opaque; asks for the page after this one; null at the end
 */
public record Page<T>(List<T> items, @Nullable String nextToken) {

    public Page {
        items = List.copyOf(items);
    }

    /** The same page with each item translated. */
    public <R> Page<R> map(Function<? super T, ? extends R> translation) {
        return new Page<>(items.stream().<R>map(translation).toList(), nextToken);
    }
}
