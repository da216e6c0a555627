package io.yardmaster.kernel;

/**
 * A line that a process wrote, or a piece of one that is too long to be kept whole.
 *
 * @param endsLine whether the line ends here; false where the next part goes on with it
 * @param endOffset how many bytes of the stream were read up to the end of this part, its line break included
 */
public record OutputPart(OutputLine line, boolean endsLine, long endOffset) {}
