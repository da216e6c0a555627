package io.yardmaster.security;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetUnavailableException;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys behind a URL. They are fetched when first needed, when they have got old, and when a token names one that is not
 * among them, but never more often than once per interval. While they cannot be fetched the earlier ones serve for an
 * hour; where there are none, or a new one is asked for, nothing can be said about the token and the caller learns that.
 */
final class RemoteKeys implements Keys {

    private static final Logger log = LoggerFactory.getLogger(RemoteKeys.class);
    private static final Duration OUTAGE_BORNE = Duration.ofHours(1);
    private static final int CONNECT_MILLIS = 5_000;
    private static final int READ_MILLIS = 5_000;
    private static final int LARGEST_ANSWER = 1 << 20;

    private final String issuer;
    private final Location location;
    private final SecuritySettings.KeySettings settings;
    private final DefaultResourceRetriever http =
            new DefaultResourceRetriever(CONNECT_MILLIS, READ_MILLIS, LARGEST_ANSWER);
    private final ReentrantLock fetching = new ReentrantLock();
    private volatile @Nullable Fetched latest;
    private long attemptedAt;
    private @Nullable Exception failure;

    private RemoteKeys(String issuer, Location location, SecuritySettings.KeySettings settings) {
        this.issuer = issuer;
        this.location = location;
        this.settings = settings;
        this.attemptedAt = System.nanoTime() - settings.refetchInterval().toNanos();
    }

    /** Keys at this URL. */
    static RemoteKeys at(String issuer, String url, SecuritySettings.KeySettings settings) {
        return new RemoteKeys(issuer, http -> url, settings);
    }

    /** Keys at the URL that the issuer's own OpenID configuration names, asked anew before each fetch. */
    static RemoteKeys discovered(String issuer, SecuritySettings.KeySettings settings) {
        return new RemoteKeys(issuer, http -> discover(issuer, http), settings);
    }

    @Override
    public List<JWK> get(JWKSelector selector, @Nullable SecurityContext ignored) throws JWKSetUnavailableException {
        Fetched known = latest;
        Fetched current = known != null && known.isYoungerThan(settings.cacheFor()) ? known : renewed(known);
        List<JWK> found = selector.select(current.keys());
        return found.isEmpty() ? selector.select(newerThan(current).keys()) : found;
    }

    @Override
    public long version() {
        Fetched known = latest;
        return known == null ? 0 : known.version();
    }

    /** Keys that have got old are fetched by one caller, while the others go on with the old ones for as long as borne. */
    private Fetched renewed(@Nullable Fetched old) throws JWKSetUnavailableException {
        if (old == null || !old.isYoungerThan(OUTAGE_BORNE)) {
            return newerThan(old);
        }
        if (!fetching.tryLock()) {
            return old;
        }
        try {
            return newerThan(old);
        } catch (JWKSetUnavailableException e) {
            return old;
        } finally {
            fetching.unlock();
        }
    }

    /** Keys that are not these, or these where they were fetched a moment ago. */
    private Fetched newerThan(@Nullable Fetched seen) throws JWKSetUnavailableException {
        fetching.lock();
        try {
            Fetched known = latest;
            if (known != null && (seen == null || known.version() != seen.version())) {
                return known;
            }
            if (System.nanoTime() - attemptedAt >= settings.refetchInterval().toNanos()) {
                return fetch(known);
            }
            if (known == null || failure != null) {
                throw new JWKSetUnavailableException("the keys of " + issuer + " could not be fetched", failure);
            }
            return known;
        } finally {
            fetching.unlock();
        }
    }

    private Fetched fetch(@Nullable Fetched before) throws JWKSetUnavailableException {
        try {
            String url = location.url(http);
            JWKSet keys = PublicKeys.parse(get(http, url));
            Fetched fetched = new Fetched(keys, before == null ? 1 : before.version() + 1, System.nanoTime());
            latest = fetched;
            failure = null;
            log.debug("Fetched {} keys of {} from {}", keys.size(), issuer, url);
            return fetched;
        } catch (IOException | ParseException e) {
            failure = e;
            log.warn("The keys of the issuer {} cannot be fetched: {}", issuer, e.getMessage());
            throw new JWKSetUnavailableException("the keys of " + issuer + " could not be fetched", e);
        } finally {
            attemptedAt = System.nanoTime();
        }
    }

    private static String discover(String issuer, DefaultResourceRetriever http) throws IOException, ParseException {
        String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        String url = base + "/.well-known/openid-configuration";
        var configuration = JSONObjectUtils.parse(get(http, url));
        if (!issuer.equals(configuration.get("issuer"))) {
            throw new IOException(url + " is the configuration of another issuer: " + configuration.get("issuer"));
        }
        if (configuration.get("jwks_uri") instanceof String keys && SecuritySettings.Issuer.isHttp(keys)) {
            return keys;
        }
        throw new IOException(url + " names no jwks_uri");
    }

    private static String get(DefaultResourceRetriever http, String url) throws IOException {
        try {
            return http.retrieveResource(URI.create(url).toURL()).getContent();
        } catch (IllegalArgumentException e) {
            throw new IOException(url + " is no URL", e);
        } catch (IOException e) {
            throw new IOException(url + ": " + e.getMessage(), e);
        }
    }

    private interface Location {
        String url(DefaultResourceRetriever http) throws IOException, ParseException;
    }

    private record Fetched(JWKSet keys, long version, long at) {
        boolean isYoungerThan(Duration age) {
            return System.nanoTime() - at < age.toNanos();
        }
    }
}
