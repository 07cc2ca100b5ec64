-- +goose Up
-- One text for SQLite and PostgreSQL: times are microseconds since 1970, JSON is text.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- One row for each workstream: whoever writes into a workstream locks it first, so that sequence numbers are
-- committed in their order.
CREATE TABLE streams (
    id  TEXT PRIMARY KEY,
    seq BIGINT NOT NULL
);

-- All that clients and the hub write. A record has the sequence number of its last change.
CREATE TABLE records (
    id         TEXT PRIMARY KEY,
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
    fields     TEXT NOT NULL  -- the revision at which each field was changed
);

CREATE UNIQUE INDEX records_by_seq ON records (workstream, seq);
CREATE INDEX records_by_kind ON records (kind, workstream, id);
CREATE INDEX records_by_task ON records (task, kind, id);

-- The answers to requests that changed something.
CREATE TABLE answers (
    token      TEXT NOT NULL,
    name       TEXT NOT NULL,
    digest     TEXT NOT NULL,
    answer     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (token, name)
);

CREATE INDEX answers_by_time ON answers (created_at);

CREATE TABLE tokens (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    role        TEXT NOT NULL,
    workstreams TEXT NOT NULL,
    hash        TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL, -- 0: never
    revoked_at  BIGINT NOT NULL  -- 0: not
);

-- +goose Down
DROP TABLE tokens;
DROP TABLE answers;
DROP TABLE records;
DROP TABLE streams;
DROP TABLE meta;
