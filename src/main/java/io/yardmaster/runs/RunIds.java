package io.yardmaster.runs;

import com.github.f4b6a3.uuid.factory.standard.TimeOrderedEpochFactory;
import io.yardmaster.kernel.RunId;
import org.springframework.stereotype.Component;

/**
 * Makes run ids. They carry the database's time, because the day of an id is the partition its rows go to: replicas with
 * clocks of their own must agree on it.
 */
@Component
class RunIds {

    private final TimeOrderedEpochFactory factory;

    RunIds(DatabaseClock clock) {
        this.factory = TimeOrderedEpochFactory.builder()
                .withTimeFunction(clock::millis)
                .build();
    }

    RunId next() {
        return new RunId(factory.create());
    }
}
