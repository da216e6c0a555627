package io.yardmaster.wakeups;

import io.yardmaster.kernel.RunId;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/**
 * News as they go over the wire: {@code 1 <sender> <token> <flags> <runs>}, where each run is what happened to it, one
 * letter, and its id, 22 letters of Base64.
 *
 * @param sender the start of a server it comes from
 * @param token of the sign of life in it; empty where it is none
 */
record Letter(String sender, OptionalLong token, News news) {

    /** PostgreSQL takes less than 8,000 bytes. */
    static final int MAX_RUNS = 340;

    private static final String VERSION = "1";
    private static final String NOTHING = "-";
    private static final String QUEUED = "q";
    private static final String ANYTHING = "*";
    private static final int FIELDS = 5;
    private static final int ID_LENGTH = 22;
    private static final int RUN_LENGTH = 1 + ID_LENGTH;
    private static final int GROWN = 1;
    private static final int ENDED = 2;
    private static final int COMMANDED = 4;

    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    /** Where there are too many runs for one letter, it says that anything may have happened. */
    String write() {
        Set<RunId> runs = new LinkedHashSet<>(news.grown());
        runs.addAll(news.commanded());
        boolean unknown = news.unknown() || runs.size() > MAX_RUNS;
        StringBuilder text = new StringBuilder(64 + RUN_LENGTH * (unknown ? 0 : runs.size()));
        text.append(VERSION).append(' ').append(sender).append(' ');
        text.append(token.isPresent() ? Long.toString(token.getAsLong()) : NOTHING)
                .append(' ');
        text.append(unknown ? ANYTHING : news.queued() ? QUEUED : NOTHING).append(' ');
        if (!unknown) {
            for (RunId runId : runs) {
                text.append((char) ('0' + kinds(runId))).append(id(runId));
            }
        }
        return text.toString();
    }

    /**
     * Reads a letter. One that a newer version of the server wrote says that anything may have happened.
     *
     * @return empty for what is no letter at all
     */
    static Optional<Letter> read(String text) {
        List<String> fields = List.of(text.split(" ", FIELDS));
        if (fields.size() < 2) {
            return Optional.empty();
        }
        String sender = fields.get(1);
        if (!fields.getFirst().equals(VERSION)) {
            return Optional.of(new Letter(sender, OptionalLong.empty(), News.ofAnything()));
        }
        try {
            if (fields.size() < FIELDS) {
                return Optional.empty();
            }
            OptionalLong token = fields.get(2).equals(NOTHING)
                    ? OptionalLong.empty()
                    : OptionalLong.of(Long.parseLong(fields.get(2)));
            News news = fields.get(3).equals(ANYTHING)
                    ? News.ofAnything()
                    : news(fields.get(4), fields.get(3).equals(QUEUED));
            return Optional.of(new Letter(sender, token, news));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private int kinds(RunId runId) {
        return (news.grown().contains(runId) ? GROWN : 0)
                | (news.ended().contains(runId) ? ENDED : 0)
                | (news.commanded().contains(runId) ? COMMANDED : 0);
    }

    private static News news(String runs, boolean queued) {
        Set<RunId> grown = new HashSet<>();
        Set<RunId> ended = new HashSet<>();
        Set<RunId> commanded = new HashSet<>();
        for (int at = 0; at < runs.length(); at += RUN_LENGTH) {
            if (at + RUN_LENGTH > runs.length()) {
                throw new IllegalArgumentException("cut off");
            }
            int kinds = runs.charAt(at) - '0';
            RunId runId = runId(runs.substring(at + 1, at + RUN_LENGTH));
            if ((kinds & GROWN) != 0) {
                grown.add(runId);
            }
            if ((kinds & ENDED) != 0) {
                ended.add(runId);
            }
            if ((kinds & COMMANDED) != 0) {
                commanded.add(runId);
            }
        }
        return new News(grown, ended, commanded, queued, false);
    }

    private static String id(RunId runId) {
        UUID value = runId.value();
        ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(value.getMostSignificantBits())
                .putLong(value.getLeastSignificantBits());
        return ENCODER.encodeToString(bytes.array());
    }

    private static RunId runId(String text) {
        ByteBuffer bytes = ByteBuffer.wrap(DECODER.decode(text));
        return new RunId(new UUID(bytes.getLong(), bytes.getLong()));
    }
}
