package io.yardmaster.contract;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;

/** Which of several media types a caller wants. */
final class Accepted {

    private static final Comparator<MediaType> MOST_WANTED_FIRST = Comparator.comparingDouble(
                    MediaType::getQualityValue)
            .reversed()
            .thenComparing(MediaType::isWildcardType)
            .thenComparing(MediaType::isWildcardSubtype);

    private Accepted() {}

    /** The best of the types offered, by the value of {@code Accept}; the first where the caller does not care. */
    static MediaType best(@Nullable String accept, String... offered) {
        List<MediaType> types =
                Stream.of(offered).map(MediaType::parseMediaType).toList();
        List<MediaType> wanted = new ArrayList<>(MediaType.parseMediaTypes(accept));
        wanted.sort(MOST_WANTED_FIRST);
        return wanted.stream()
                .filter(type -> type.getQualityValue() > 0)
                .flatMap(type -> types.stream().filter(type::includes))
                .findFirst()
                .orElseGet(types::getFirst);
    }
}
