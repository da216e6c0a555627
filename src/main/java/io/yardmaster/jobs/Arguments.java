package io.yardmaster.jobs;

import io.yardmaster.jobs.JsonSchemas.Mismatch;
import io.yardmaster.problems.JsonPointers;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import io.yardmaster.secrets.SecretMask;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Checks the arguments of a run against its job's argspec. */
final class Arguments {

    private static final int MAX_SECRET = 64 * 1024;

    /** Nobody reads more. */
    private static final int MOST_FAULTS = 100;

    private Arguments() {}

    /**
     * Fills in defaults, checks all arguments and splits off the secrets.
     *
     * @throws ProblemException {@code validation-error} with every fault, its pointer beginning with {@code /args}
     */
    public static ResolvedArguments validate(JobDefinition definition, ObjectNode given) {
        Argspec argspec = definition.arguments();
        ObjectNode all = given.deepCopy();
        applyDefaults(argspec.schema(), all);
        List<Fault> faults = new ArrayList<>(unknown(argspec, given));
        for (Mismatch mismatch : JsonSchemas.validate(argspec.compiled(), all)) {
            Fault fault = fault(mismatch, argspec);
            if (faults.size() < MOST_FAULTS
                    && faults.stream().noneMatch(known -> known.pointer().equals(fault.pointer()))) {
                faults.add(fault);
            }
        }
        Map<String, String> secrets = new LinkedHashMap<>();
        for (String name : argspec.secrets()) {
            JsonNode secret = all.remove(name);
            if (secret != null && secret.isString()) {
                secrets.put(name, secret.stringValue());
                if (!secret.stringValue().isEmpty() && !SecretMask.isMaskable(secret.stringValue())) {
                    String pointer = "/args/" + JsonPointers.token(name);
                    faults.add(new Fault(
                            pointer,
                            pointer + " is too short to be kept out of logs: a secret has at least "
                                    + SecretMask.MINIMUM_LENGTH
                                    + " characters, or none, without the white space around it.",
                            "secret-too-short"));
                }
                if (secret.stringValue().length() > MAX_SECRET) {
                    String pointer = "/args/" + JsonPointers.token(name);
                    faults.add(new Fault(
                            pointer, pointer + " must have at most " + MAX_SECRET + " characters.", "max-length"));
                }
            }
        }
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
        return new ResolvedArguments(all, secrets);
    }

    private static List<Fault> unknown(Argspec argspec, ObjectNode given) {
        if (argspec.isOpen()) {
            return List.of();
        }
        return given.propertyNames().stream()
                .filter(name -> !argspec.names().contains(name))
                .limit(MOST_FAULTS)
                .map(name -> new Fault(
                        "/args/" + JsonPointers.token(name),
                        "'" + name + "' is not an argument of this job" + end(Spelling.hint(name, argspec.names()))
                                + " It takes " + taken(argspec) + ".",
                        "unknown-property"))
                .toList();
    }

    /** A secret's value appears in no message, so what is wrong with it is said without it. */
    private static Fault fault(Mismatch mismatch, Argspec argspec) {
        String pointer = "/args" + mismatch.pointer();
        boolean secret = argspec.secrets().stream().anyMatch(name -> pointer.equals("/args/" + name));
        boolean isMissing = mismatch.code().equals("required");
        return new Fault(
                pointer,
                pointer + " "
                        + (secret && !isMissing
                                ? "is not what the job asks of this secret (" + mismatch.code() + ")"
                                : mismatch.message())
                        + ".",
                mismatch.code());
    }

    private static String taken(Argspec argspec) {
        return argspec.names().isEmpty() ? "none" : String.join(", ", new TreeSet<>(argspec.names()));
    }

    /** A hint ends its sentence with a question mark. */
    private static String end(String hint) {
        return hint.isEmpty() ? "." : hint;
    }

    static void applyDefaults(JsonNode schema, ObjectNode values) {
        schema.path("properties").forEachEntry((name, property) -> {
            JsonNode otherwise = property.get("default");
            if (otherwise != null && !values.has(name)) {
                values.set(name, otherwise.deepCopy());
            }
            if (values.get(name) instanceof ObjectNode inner) {
                applyDefaults(property, inner);
            }
        });
    }
}
