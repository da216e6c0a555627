package io.yardmaster.events;

import java.util.List;

/**
 * What one look at a run's log found.
 *
 * @param pieces in their order
 * @param through everything up to here was looked at; where the look began, if there is nothing more
 */
record Batch(List<Piece> pieces, long through) {}
