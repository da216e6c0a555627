package io.yardmaster.http;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The machines in front of the server whose forwarded headers are believed. */
final class TrustedProxies {

    private final List<Range> ranges;

    /**
     * Addresses and ranges of them.
     *
     * @param proxies such as {@code 10.0.0.0/8} and {@code ::1}
     * @throws IllegalArgumentException where one is neither
     */
    TrustedProxies(List<String> proxies) {
        this.ranges = proxies.stream().map(Range::parse).toList();
    }

    /** Whether this is an address of one of them. What is no address is not. */
    boolean contains(String address) {
        if (ranges.isEmpty()) {
            return false;
        }
        try {
            byte[] bytes = InetAddress.ofLiteral(address.strip()).getAddress();
            return ranges.stream().anyMatch(range -> range.contains(bytes));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    static boolean isAddress(String text) {
        try {
            return InetAddress.ofLiteral(text).getAddress().length > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private record Range(InetAddress network, int bits) {

        static Range parse(String text) {
            int slash = text.indexOf('/');
            try {
                InetAddress network = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
                int most = network.getAddress().length * 8;
                int bits = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
                if (bits >= 0 && bits <= most) {
                    return new Range(network, bits);
                }
            } catch (IllegalArgumentException e) {
                throw invalid(text, e);
            }
            throw invalid(text, null);
        }

        private static IllegalArgumentException invalid(String text, @Nullable Throwable cause) {
            return new IllegalArgumentException(
                    "the proxy " + text + " must be an address or a range of addresses, such as 10.0.0.0/8", cause);
        }

        boolean contains(byte[] address) {
            byte[] beginning = network.getAddress();
            if (address.length != beginning.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((address[bit / 8] & mask) != (beginning[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
