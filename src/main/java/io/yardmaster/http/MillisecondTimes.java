package io.yardmaster.http;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.springframework.boot.jackson.JacksonComponent;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;

/** Writes times as the contract says: RFC 3339 in UTC, always with milliseconds, whatever they were stored with. */
@JacksonComponent
final class MillisecondTimes extends ValueSerializer<Instant> {

    private static final DateTimeFormatter FORM =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    @Override
    public void serialize(Instant time, JsonGenerator generator, SerializationContext context) {
        generator.writeString(FORM.format(time));
    }

    @Override
    public Class<Instant> handledType() {
        return Instant.class;
    }
}
