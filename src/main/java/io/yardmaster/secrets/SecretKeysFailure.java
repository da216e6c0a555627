package io.yardmaster.secrets;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says how to give the server a key when it refuses to start without. */
final class SecretKeysFailure extends AbstractFailureAnalyzer<SecretKeysException> {

    @Override
    protected FailureAnalysis analyze(Throwable root, SecretKeysException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Set yardmaster.secrets.keys to a list of id:key. A key is 32 random bytes in Base64, made for example"
                        + " with: openssl rand -base64 32. All replicas have the same keys. In profile dev a key is made"
                        + " by itself.",
                cause);
    }
}
