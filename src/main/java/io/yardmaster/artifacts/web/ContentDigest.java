package io.yardmaster.artifacts.web;

import io.yardmaster.artifacts.ExpectedDigests;
import io.yardmaster.problems.ProblemException.Fault;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code Content-Digest} (RFC 9530): a dictionary of digests, each a byte sequence of RFC 8941. */
final class ContentDigest {

    static final String HEADER = "Content-Digest";

    private static final Pattern MEMBER = Pattern.compile(" *([A-Za-z*][A-Za-z0-9_.*-]*) *= *:([A-Za-z0-9+/=]*): *");

    private ContentDigest() {}

    /**
     * What the header says of algorithms that are known here; others are left out, as the RFC allows.
     *
     * @param faults gets what is wrong with it; one that says nothing which can be checked is wrong too, since whoever
     *     sent it counts on it
     */
    static ExpectedDigests read(@Nullable String header, List<Fault> faults) {
        if (header == null) {
            return ExpectedDigests.NONE;
        }
        Map<String, byte[]> digests = new HashMap<>();
        for (String member : header.split(",", -1)) {
            Matcher parts = MEMBER.matcher(member);
            if (!parts.matches()) {
                faults.add(fault("is not as RFC 9530 says, such as sha-256=:…: with the digest in base64", "syntax"));
                return ExpectedDigests.NONE;
            }
            try {
                digests.put(
                        parts.group(1).toLowerCase(Locale.ROOT),
                        Base64.getDecoder().decode(parts.group(2)));
            } catch (IllegalArgumentException e) {
                faults.add(fault("holds a digest that is not base64", "syntax"));
                return ExpectedDigests.NONE;
            }
        }
        byte[] sha256 = digests.get("sha-256");
        byte[] sha512 = digests.get("sha-512");
        if ((sha256 != null && sha256.length != 32) || (sha512 != null && sha512.length != 64)) {
            faults.add(fault("holds a digest that is too long or too short", "syntax"));
        } else if (sha256 == null && sha512 == null) {
            faults.add(fault("names no algorithm that is known here. Send sha-256 or sha-512", "unknown-algorithm"));
        }
        return new ExpectedDigests(sha256, sha512);
    }

    private static Fault fault(String what, String code) {
        return new Fault(HEADER, HEADER + " " + what + ".", code);
    }
}
