package io.yardmaster.secrets;

import io.yardmaster.kernel.OutputLine;
import io.yardmaster.kernel.OutputPart;
import java.util.ArrayList;
import java.util.List;

/**
 * One output stream without the secrets, also where they go over several lines or over the cut in a line that is too
 * long. A line keeps its place: what is masked in it is replaced, and each line of a secret of several lines becomes a
 * line with a mask. A line at whose end a secret may begin waits for the next one. Used by one thread at a time.
 */
public final class MaskedStream {

    /** Text without end may hold a secret that overlaps itself without end. */
    private static final int LONGEST_HELD = 1 << 21;

    private final SecretMask mask;
    private List<OutputPart> held = List.of();

    /** How many of those held were given out before it was decided what they are. */
    private int given;

    /** How many characters of what is held belong to a secret that began before. */
    private int covered;

    /** Begins where a stream begins, or where the parts that were given out before have ended. */
    public MaskedStream(SecretMask mask) {
        this.mask = mask;
    }

    /** Takes what comes next; returns what is decided by now. */
    public List<OutputPart> add(List<OutputPart> parts) {
        return mask.isEmpty() || parts.isEmpty() ? parts : decide(parts, false);
    }

    /** The stream has ended; returns what was held. */
    public List<OutputPart> finish() {
        return held.isEmpty() ? held : decide(List.of(), true);
    }

    /** Whether there is something that was not given out. */
    public boolean isHolding() {
        return given < held.size();
    }

    /**
     * Gives out what is held, because it has waited long enough. Of what may be the beginning of a secret nothing is
     * shown if it is as long as a secret; and if it turns out to be one, its rest is masked.
     */
    public List<OutputPart> release() {
        Text text = new Text(held);
        Findings findings = mask.find(text.characters, covered, false);
        int undecided = findings.decidedUntil();
        if (text.endWithoutBreak() - undecided >= SecretMask.MINIMUM_LENGTH) {
            findings.cover(undecided, text.length);
        }
        List<OutputPart> released = text.masked(given, held.size(), findings);
        given = held.size();
        return released;
    }

    private List<OutputPart> decide(List<OutputPart> more, boolean last) {
        List<OutputPart> parts = more;
        if (!held.isEmpty()) {
            parts = new ArrayList<>(held);
            parts.addAll(more);
        }
        Text text = new Text(parts);
        Findings findings = mask.find(text.characters, covered, last);
        int decided = last ? parts.size() : text.partsUntil(findings.decidedUntil());
        int border = text.starts[decided];
        // What has begun before the border is given out together: whoever reads on there would not recognise its rest.
        while (findings.startAround(border) < border && text.length <= LONGEST_HELD) {
            decided = text.partsUntil(findings.startAround(border));
            border = text.starts[decided];
        }
        covered = findings.endAround(border) - border;
        List<OutputPart> released = text.masked(Math.min(given, decided), decided, findings);
        held = List.copyOf(parts.subList(decided, parts.size()));
        given = Math.max(0, given - decided);
        return released;
    }

    /** Parts in a row, as the characters that were written. */
    private static final class Text {

        private final List<OutputPart> parts;
        private final char[] characters;

        /** Where each part begins; at last, where the text ends. */
        private final int[] starts;

        private final int length;

        Text(List<OutputPart> parts) {
            this.parts = parts;
            this.starts = new int[parts.size() + 1];
            int end = 0;
            for (int i = 0; i < parts.size(); i++) {
                OutputPart part = parts.get(i);
                end += part.line().text().length() + (part.endsLine() ? 1 : 0);
                starts[i + 1] = end;
            }
            this.length = end;
            this.characters = new char[length];
            for (int i = 0; i < parts.size(); i++) {
                OutputPart part = parts.get(i);
                String line = part.line().text();
                line.getChars(0, line.length(), characters, starts[i]);
                if (part.endsLine()) {
                    characters[starts[i + 1] - 1] = '\n';
                }
            }
        }

        int endWithoutBreak() {
            return length > 0 && characters[length - 1] == '\n' ? length - 1 : length;
        }

        /** How many parts end up to here. */
        int partsUntil(int position) {
            int count = 0;
            while (count < parts.size() && starts[count + 1] <= position) {
                count++;
            }
            return count;
        }

        List<OutputPart> masked(int from, int to, Findings findings) {
            if (findings.isEmpty()) {
                return parts.subList(from, to);
            }
            List<OutputPart> masked = new ArrayList<>(to - from);
            for (int i = from; i < to; i++) {
                OutputPart part = parts.get(i);
                int end = starts[i] + part.line().text().length();
                if (findings.touches(starts[i], end)) {
                    String shown = findings.masked(characters, starts[i], end, SecretMask.MASK);
                    OutputLine line = new OutputLine(part.line().at(), shown);
                    masked.add(new OutputPart(line, part.endsLine(), part.endOffset()));
                } else {
                    masked.add(part);
                }
            }
            return masked;
        }
    }
}
