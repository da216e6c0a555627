package io.yardmaster.runs;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

/**
 * How long a turn of each tenant is, on the line along which turns are taken: the greater a tenant's weight, the shorter
 * its turns, and the more of them fit. Whole numbers, so that what is worked out twice comes out the same.
 */
@Component
class Turns {

    /** A turn of a tenant of weight 1. */
    static final long LENGTH = 1_000_000;

    private final String[] tenants;
    private final Long[] lengths;

    Turns(QueueProperties properties) {
        List<Map.Entry<String, BigDecimal>> weights =
                List.copyOf(properties.weights().entrySet());
        this.tenants = weights.stream().map(Map.Entry::getKey).toArray(String[]::new);
        this.lengths = weights.stream()
                .map(weight -> BigDecimal.valueOf(LENGTH)
                        .divide(weight.getValue(), RoundingMode.HALF_UP)
                        .longValueExact())
                .toArray(Long[]::new);
    }

    /** The tenants whose turns are not {@link #LENGTH} long. */
    String[] tenants() {
        return tenants.clone();
    }

    /** How long the turns of {@link #tenants} are, in their order. */
    Long[] lengths() {
        return lengths.clone();
    }
}
