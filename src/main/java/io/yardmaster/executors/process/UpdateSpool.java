package io.yardmaster.executors.process;

import io.yardmaster.executors.StepAnswer;
import io.yardmaster.executors.StepJson;
import io.yardmaster.executors.StepJson.NotKeptException;
import io.yardmaster.executors.StepUpdate;
import io.yardmaster.kernel.Shortened;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The folder by which one attempt is asked and answers. Files need nobody on the other side: they outlive this server,
 * and a step that never looks holds up nothing.
 *
 * <p>An update is {@code N.json}, where N sorts. The step takes it by creating {@code N.taken}, or renaming it to that,
 * and answers with {@code N.answer}. {@code N.fields} has the same for Bash, which reads no JSON, and shows later that it
 * was laid there. The named pipe {@code bell} gets a line end for each, so that a step can wait without looking.
 */
final class UpdateSpool {

    /** Its name in the folder of the step's own files. */
    static final String FOLDER = "updates";

    static final int LONGEST_ANSWER = 64 * 1024;

    private static final Logger log = LoggerFactory.getLogger(UpdateSpool.class);

    private static final int LONGEST_REFUSAL = 1_000;

    /** Of answers to what was handed before a restart, or never, so many are read: a step may write any number of them. */
    private static final int MOST_UNASKED = 256;

    private static final String BELL = "bell";
    private static final Pattern ANSWER = Pattern.compile("([0-9]{12})\\.answer");
    private static final Pattern FIELD = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]{0,62}");

    /** Who does not rename what it has written is given this time to write it. */
    private static final Duration BEING_WRITTEN = Duration.ofSeconds(1);

    private final Path folder;
    private final Set<Long> handed = ConcurrentHashMap.newKeySet();
    private final Set<Long> answered = ConcurrentHashMap.newKeySet();
    private int answeredUnasked;
    private volatile boolean beingWritten;

    UpdateSpool(Path folder) {
        this.folder = folder;
    }

    /** Whether this is what the answer to an update is called. */
    static boolean isAnswer(String name) {
        return name.endsWith(".answer");
    }

    Path folder() {
        return folder;
    }

    boolean isThere() {
        return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS);
    }

    /** Creates what is missing of it. */
    void create() throws IOException {
        if (!isThere()) {
            Files.createDirectories(folder.getParent());
            Files.createDirectory(folder);
        }
        if (!Files.exists(folder.resolve(BELL), LinkOption.NOFOLLOW_LINKS)) {
            Posix.makePipe(folder.resolve(BELL));
        }
    }

    /**
     * Lays an update before the step, unless it is or was there.
     *
     * @return false where it cannot be done: the folder is the step's, which may have made anything of it
     */
    boolean hand(StepUpdate update) {
        handed.add(update.number());
        Path fresh = file(update.number(), ".new-update");
        Path fields = file(update.number(), ".fields");
        try {
            create();
            if (exists(fields) && !exists(fresh)) {
                return true;
            }
            ObjectNode written = JsonNodeFactory.instance
                    .objectNode()
                    .put("update_id", update.id())
                    .put("name", update.name());
            written.set("payload", update.payload());
            written.put("answer", file(update.number(), ".answer").toString());
            writeAnew(fresh, written + "\n");
            writeAnew(fields, fields(update));
            Files.move(fresh, file(update.number(), ".json"), StandardCopyOption.ATOMIC_MOVE);
            Posix.ring(folder.resolve(BELL));
            return true;
        } catch (IOException e) {
            log.debug("A step cannot be told of an update", e);
            return false;
        }
    }

    /** Neither follows a link nor waits for who reads from a pipe, whatever the step has put there. */
    private static void writeAnew(Path file, String text) throws IOException {
        Files.deleteIfExists(file);
        Files.writeString(
                file, text, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean exists(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    /** Whether the step may have begun with an update. */
    boolean hasTaken(StepUpdate update) {
        // Until it is laid, what is written first is there under another name.
        return exists(file(update.number(), ".fields"))
                && !exists(file(update.number(), ".new-update"))
                && (!exists(file(update.number(), ".json")) || exists(file(update.number(), ".taken")));
    }

    /** Removes what is left of an update that is over. */
    void remove(StepUpdate update) {
        try {
            for (String ending : List.of(".json", ".taken", ".answer", ".fields", ".new-update")) {
                Files.deleteIfExists(file(update.number(), ending));
            }
        } catch (IOException e) {
            // It goes with the run's folder.
        }
    }

    /**
     * The answers that were not returned before.
     *
     * @param last whether nobody writes any more, so that what cannot be read never will be
     */
    List<StepAnswer> answers(boolean last) {
        List<StepAnswer> found = new ArrayList<>();
        boolean some = false;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.answer")) {
            for (Path file : files) {
                OptionalLong number = number(file);
                if (number.isPresent() && isToBeRead(number.getAsLong())) {
                    Optional<StepAnswer> answer = read(number.getAsLong(), file, last);
                    answer.ifPresent(found::add);
                    some |= answer.isEmpty();
                    answeredUnasked += answer.isPresent() && !handed.contains(number.getAsLong()) ? 1 : 0;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // There is no such folder: nothing was asked, or the step has removed it.
        }
        beingWritten = some;
        found.forEach(answer -> answered.add(answer.number()));
        return found;
    }

    private boolean isToBeRead(long number) {
        return !answered.contains(number) && (handed.contains(number) || answeredUnasked < MOST_UNASKED);
    }

    /** Whether there are answers that could not be read when they were looked at, and may be later. */
    boolean isBeingWritten() {
        return beingWritten;
    }

    private static Optional<StepAnswer> read(long number, Path file, boolean last) {
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                return Optional.of(new StepAnswer.Unreadable(number, "The answer is not an ordinary file."));
            }
            // By now the step may have put anything in its place, such as a pipe that nobody writes to.
            byte[] bytes = Posix.read(file, LONGEST_ANSWER + 1);
            if (bytes.length > LONGEST_ANSWER) {
                return Optional.of(new StepAnswer.Unreadable(number, "The answer is larger than 64 KiB."));
            }
            StepAnswer answer = answer(number, bytes);
            boolean settled = last
                    || Files.getLastModifiedTime(file)
                            .toInstant()
                            .isBefore(Instant.now().minus(BEING_WRITTEN));
            return answer instanceof StepAnswer.Unreadable && !settled ? Optional.empty() : Optional.of(answer);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(new StepAnswer.Unreadable(number, "The answer cannot be read."));
        }
    }

    private static StepAnswer answer(long number, byte[] bytes) {
        try {
            return answer(number, StepJson.read(text(bytes)));
        } catch (CharacterCodingException e) {
            return new StepAnswer.Unreadable(number, "The answer is not UTF-8 text.");
        } catch (NotKeptException e) {
            return new StepAnswer.Unreadable(number, "The answer " + e.getMessage() + ".");
        }
    }

    private static String text(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }

    private static StepAnswer answer(long number, JsonNode said) {
        if (said.isObject() && said.has("refused")) {
            String why = said.path("refused").asString("");
            return new StepAnswer.Refusal(number, Shortened.to(LONGEST_REFUSAL, why));
        }
        JsonNode result = said.get("result");
        return result == null
                ? new StepAnswer.Unreadable(number, "The answer is neither {\"result\": …} nor {\"refused\": \"…\"}.")
                : new StepAnswer.Result(number, result);
    }

    /** NUL stands behind each: id, name, payload, then the name and value of each member that Bash can hold. */
    private static String fields(StepUpdate update) {
        StringBuilder text = new StringBuilder();
        add(text, update.id());
        add(text, update.name());
        add(text, update.payload().toString());
        update.payload().properties().forEach(member -> {
            String value = StepEnvironment.text(member.getValue());
            if (FIELD.matcher(member.getKey()).matches() && value.indexOf('\0') < 0) {
                add(text, member.getKey());
                add(text, value);
            }
        });
        return text.toString();
    }

    private static void add(StringBuilder text, String field) {
        text.append(field).append('\0');
    }

    private Path file(long number, String ending) {
        return folder.resolve(String.format(Locale.ROOT, "%012d", number) + ending);
    }

    private static OptionalLong number(Path file) {
        Matcher name = ANSWER.matcher(file.getFileName().toString());
        return name.matches() ? OptionalLong.of(Long.parseLong(name.group(1))) : OptionalLong.empty();
    }
}
