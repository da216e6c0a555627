package io.yardmaster.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The bundled contract as it was built, in both its forms. */
final class ContractText {

    private final byte[] json;
    private final byte[] yaml;

    ContractText(byte[] json, byte[] yaml) {
        this.json = json.clone();
        this.yaml = yaml.clone();
    }

    /**
     * The contract that this program was built with.
     *
     * @throws IllegalStateException when it was built without one
     */
    static ContractText bundled() {
        return new ContractText(resource("openapi/openapi.json"), resource("openapi/openapi.yaml"));
    }

    byte[] json() {
        return json.clone();
    }

    byte[] yaml() {
        return yaml.clone();
    }

    Contract read() {
        return Contract.read(new ByteArrayInputStream(json));
    }

    private static byte[] resource(String name) {
        try (InputStream in = ContractText.class.getClassLoader().getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("this program was built without its contract, " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("the contract " + name + " cannot be read", e);
        }
    }
}
