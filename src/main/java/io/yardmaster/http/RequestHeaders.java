package io.yardmaster.http;

import io.yardmaster.http.Operation.HeaderParameter;
import io.yardmaster.problems.ProblemException.Fault;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;

/** Checks the headers that an operation names in the contract. */
final class RequestHeaders {

    private RequestHeaders() {}

    static List<Fault> faults(HttpServletRequest request, Operation operation) {
        List<Fault> faults = new ArrayList<>();
        for (HeaderParameter header : operation.headers()) {
            List<String> lines = Collections.list(request.getHeaders(header.name()));
            if (!lines.isEmpty()) {
                // Several lines of one header mean the same as one with commas (RFC 9110, section 5.3).
                faults.addAll(SchemaFaults.ofParameter(
                        header.name(),
                        header.schema().get(),
                        JsonNodeFactory.instance.stringNode(String.join(", ", lines))));
            } else if (header.required()) {
                faults.add(new Fault(header.name(), "The header " + header.name() + " is required.", "required"));
            }
        }
        return faults;
    }
}
