-- +goose Up
-- An id is a record's within its workstream: who may write into one workstream takes no id of another.
CREATE TABLE records_2 (
    id         TEXT NOT NULL,
    kind       TEXT NOT NULL,
    workstream TEXT NOT NULL REFERENCES streams (id),
    task       TEXT NOT NULL,
    rev        BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    body       TEXT NOT NULL,
    made_of    TEXT NOT NULL, -- the digest of the body that made it
    fields     TEXT NOT NULL, -- the revision at which each field was changed
    PRIMARY KEY (workstream, id)
);
INSERT INTO records_2 SELECT id, kind, workstream, task, rev, seq, created_at, created_by, updated_at, updated_by, body, made_of, fields FROM records;
DROP TABLE records;
ALTER TABLE records_2 RENAME TO records;
CREATE UNIQUE INDEX records_by_seq ON records (workstream, seq);
CREATE INDEX records_by_kind ON records (kind, workstream, id);
CREATE INDEX records_by_task ON records (task, kind, id);

-- Who did what, and what was refused. Rows are only added, and removed when they are too old. Ids grow with time.
CREATE TABLE audit (
    id         TEXT PRIMARY KEY,
    at         BIGINT NOT NULL,
    token      TEXT NOT NULL,
    name       TEXT NOT NULL,
    source     TEXT NOT NULL,
    action     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    workstream TEXT NOT NULL,
    record     TEXT NOT NULL,
    rev        BIGINT NOT NULL,
    outcome    TEXT NOT NULL,
    times      BIGINT NOT NULL,
    detail     TEXT NOT NULL
);

-- How many bytes of records and answers a token keeps in each workstream; in '' what was removed again.
CREATE TABLE stored (
    token      TEXT NOT NULL,
    workstream TEXT NOT NULL,
    bytes      BIGINT NOT NULL,
    PRIMARY KEY (token, workstream)
);

-- +goose Down
DROP TABLE stored;
DROP TABLE audit;
