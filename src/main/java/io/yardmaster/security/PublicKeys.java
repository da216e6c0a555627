package io.yardmaster.security;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import java.text.ParseException;
import java.util.List;

/** Reads a JSON Web Key Set down to what signatures may be checked with. */
final class PublicKeys {

    private static final int SMALLEST_RSA_BITS = 2048;

    private PublicKeys() {}

    /**
     * The public RSA and P-256 keys of the set. A shared secret among them is dropped, and so is the private half of a
     * key.
     *
     * @throws ParseException where the text is no key set or holds no key that can be used
     */
    static JWKSet parse(String json) throws ParseException {
        List<JWK> usable = JWKSet.parse(json).getKeys().stream()
                .filter(PublicKeys::isUsable)
                .map(JWK::toPublicJWK)
                .toList();
        if (usable.isEmpty()) {
            throw new ParseException(
                    "the key set holds neither an RSA key of at least " + SMALLEST_RSA_BITS
                            + " bits nor an EC key on P-256",
                    0);
        }
        return new JWKSet(usable);
    }

    private static boolean isUsable(JWK key) {
        return switch (key) {
            case RSAKey rsa -> rsa.size() >= SMALLEST_RSA_BITS;
            case ECKey ec -> Curve.P_256.equals(ec.getCurve());
            default -> false;
        };
    }
}
