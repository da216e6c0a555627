-- The workspace of a run that waits, in the blob store: the digest of its archive, or 'empty'. Such a run belongs to no
-- host, and goes on wherever it is claimed. Null: its workspace is on its host, or it has none.
ALTER TABLE run_live ADD COLUMN workspace text;
CREATE INDEX run_live_workspace ON run_live (workspace) WHERE workspace IS NOT NULL;
