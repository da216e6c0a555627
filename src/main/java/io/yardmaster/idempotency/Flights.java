package io.yardmaster.idempotency;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The requests with keys that this server is working on, one for each key. The others wait here, and take up nothing. */
final class Flights {

    private final Map<UUID, Flight> underWay = new ConcurrentHashMap<>();

    /** A request that is being worked on. */
    static final class Flight {

        private final KeyedRequest first;
        private final CountDownLatch landed = new CountDownLatch(1);

        private Flight(KeyedRequest first) {
            this.first = first;
        }

        KeyedRequest first() {
            return first;
        }

        /** Whether it has come to its end in this time. */
        boolean lands(Duration atMost) throws InterruptedException {
            return landed.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    /** The flight that this request has to wait for; null: it is the first, and has to {@link #land}. */
    @Nullable
    Flight join(KeyedRequest request) {
        return underWay.putIfAbsent(request.id(), new Flight(request));
    }

    void land(KeyedRequest first) {
        Flight flight = underWay.remove(first.id());
        if (flight != null) {
            flight.landed.countDown();
        }
    }
}
