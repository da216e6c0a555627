package io.yardmaster.runs;

import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.secrets.SecretMask;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Refuses runs whose names would show one of their secrets: they are how a run is found, so they cannot be masked. */
final class SecretsInTheOpen {

    private static final String WHY = " holds the value of a secret argument, and everybody could read it here.";

    private SecretsInTheOpen() {}

    /**
     * Looks at labels, attributes, the external id and the concurrency key.
     *
     * @throws ProblemException {@code validation-error} with each place where a secret stands
     */
    static void refuse(RunSubmission submission, Collection<String> secrets) {
        if (secrets.isEmpty()
                || (submission.labels().isEmpty()
                        && submission.attributes().isEmpty()
                        && submission.externalId() == null
                        && submission.concurrencyKey() == null)) {
            return;
        }
        SecretMask mask = SecretMask.of(secrets);
        List<Fault> faults = new ArrayList<>();
        submission.labels().forEach((name, value) -> {
            if (holds(mask, name) || holds(mask, value)) {
                faults.add(fault("/labels/" + mask.mask(name)));
            }
        });
        submission.attributes().properties().forEach(attribute -> {
            if (holds(mask, attribute.getKey())
                    || !mask.mask(attribute.getValue()).equals(attribute.getValue())) {
                faults.add(fault("/attributes/" + mask.mask(attribute.getKey())));
            }
        });
        String externalId = submission.externalId();
        if (externalId != null && holds(mask, externalId)) {
            faults.add(fault("/external_id"));
        }
        String concurrencyKey = submission.concurrencyKey();
        if (concurrencyKey != null && holds(mask, concurrencyKey)) {
            faults.add(fault("/concurrency_key"));
        }
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
    }

    /** The fault of a text that holds a secret. */
    static Fault fault(String pointer) {
        return new Fault(pointer, pointer + WHY, "secret");
    }

    private static boolean holds(SecretMask mask, String text) {
        return !mask.mask(text).equals(text);
    }
}
