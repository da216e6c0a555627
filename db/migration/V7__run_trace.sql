-- The run's place in a trace, as W3C Trace Context writes it, and the span it is a part of, which is the request that
-- submitted it; null where the run has no span of its own, and both are null for runs from before.
ALTER TABLE run ADD COLUMN traceparent text, ADD COLUMN parent_span_id text;
