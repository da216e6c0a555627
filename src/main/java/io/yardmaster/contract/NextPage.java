package io.yardmaster.contract;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

/** Where a list goes on. */
public final class NextPage {

    private NextPage() {}

    /**
     * A {@code Link} to the page after the one that the current request asked for, with the same filters.
     *
     * @param token of the next page; null where this one is the last, which has no link
     */
    public static HttpHeaders link(@Nullable String token) {
        return link("page_token", token, "offset");
    }

    /**
     * A {@code Link} to what the current request asks for, but from another place on.
     *
     * @param parameter says from where
     * @param place null where there is nothing more, and no link
     * @param dropped a parameter that has no meaning there
     */
    public static HttpHeaders link(String parameter, @Nullable Object place, String dropped) {
        HttpHeaders headers = new HttpHeaders();
        if (place != null) {
            // Without scheme and host: a proxy may have others.
            String next = ServletUriComponentsBuilder.fromCurrentRequest()
                    .replaceQueryParam(parameter, place)
                    .replaceQueryParam(dropped)
                    .scheme(null)
                    .host(null)
                    .port(null)
                    .build()
                    .toUriString();
            headers.add(HttpHeaders.LINK, "<" + next + ">; rel=\"next\"");
        }
        return headers;
    }
}
