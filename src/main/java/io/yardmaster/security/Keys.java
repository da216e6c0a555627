package io.yardmaster.security;

import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;

/** The public keys of one issuer, which may change while the server runs. */
interface Keys extends JWKSource<SecurityContext> {

    /** Differs from an earlier answer where the keys were read anew since: what was verified before may not hold now. */
    long version();
}
