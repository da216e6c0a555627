-- A chunk is found by where it ends: that is what readers ask for ("after 4711") and what orders the stream of all runs.
ALTER TABLE log_chunk DROP CONSTRAINT log_chunk_pkey;
ALTER TABLE log_chunk ADD PRIMARY KEY (run_id, last_seq);
DROP INDEX log_chunk_by_transaction;
CREATE INDEX log_chunk_by_transaction ON log_chunk (tx, run_id, last_seq);

-- How many bytes its lines are as text, each with its line end; null: not counted. Positions in the text are found by it.
ALTER TABLE log_chunk ADD COLUMN text_bytes bigint;

-- As text and not as a tree: who reads an event later gets the bytes that those got who read along. A tree orders
-- members anew and writes numbers in another way.
ALTER TABLE run_event ALTER COLUMN data TYPE json USING data::json;

-- The Markdown that the step left for people.
ALTER TABLE step ADD COLUMN summary text;
