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

    /**
     * A page of what was found.
     *
     * @param found one more than the page holds where the list goes on
     * @param limit how many the page holds at most
     * @param token makes of the last item of a page what asks for the next one
     */
    public static <T> Page<T> of(List<T> found, int limit, Function<? super T, String> token) {
        return found.size() <= limit
                ? new Page<>(found, null)
                : new Page<>(found.subList(0, limit), token.apply(found.get(limit - 1)));
    }

    /** The same page with each item translated. */
    public <R> Page<R> map(Function<? super T, ? extends R> translation) {
        return new Page<>(items.stream().<R>map(translation).toList(), nextToken);
    }
}
