-- Several servers on one database. A server that has gone silent is declared dead by the others, each by its own clock;
-- how long that takes is for the silent one to say, so that its own settings and theirs may differ.
ALTER TABLE node ADD COLUMN lease_ms bigint NOT NULL DEFAULT 15000;

-- A host is gone when it had no living node for so long; null: it never is, because it cannot end its own steps.
ALTER TABLE host ADD COLUMN orphan_grace_ms bigint, ADD COLUMN gone boolean NOT NULL DEFAULT false;
CREATE INDEX host_here ON host (host_id) WHERE NOT gone;

-- What an owner had in hand that had lost its run: kept for people to read, it decides nothing.
ALTER TABLE step_attempt ADD COLUMN late_result jsonb;

-- The store of bytes that the servers of this database share.
CREATE TABLE blob_store (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    store_id uuid NOT NULL
);
