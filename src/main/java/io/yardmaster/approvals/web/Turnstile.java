package io.yardmaster.approvals.web;

import io.yardmaster.kernel.ApprovalId;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Lets votes at one gate through one after the other, before they take a connection: they would have to wait for each
 * other anyway, and a crowd that waits in the database leaves no connection for anybody else.
 */
final class Turnstile {

    private final ReentrantLock[] gates =
            Stream.generate(ReentrantLock::new).limit(64).toArray(ReentrantLock[]::new);

    <T> T pass(ApprovalId gate, Supplier<T> vote) {
        ReentrantLock lock = gates[Math.floorMod(gate.hashCode(), gates.length)];
        lock.lock();
        try {
            return vote.get();
        } finally {
            lock.unlock();
        }
    }
}
