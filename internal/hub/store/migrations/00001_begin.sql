-- +goose Up
-- One text for SQLite and PostgreSQL: times are microseconds since 1970, JSON is text.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- One row for each workstream: whoever writes into a workstream locks it first, so that sequence numbers are
-- committed in their order.
CREATE TABLE streams (
    id         TEXT PRIMARY KEY,
    seq        BIGINT NOT NULL,
    changed_at BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX streams_by_change ON streams (changed_at);

-- All that clients and the hub write. A record has the sequence number of its last change. Its id is its own within
-- its workstream only: who may write into one workstream takes no id of another.
CREATE TABLE records (
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

CREATE UNIQUE INDEX records_by_seq ON records (workstream, seq);
CREATE INDEX records_by_kind ON records (kind, workstream, id);
CREATE INDEX records_by_task ON records (task, kind, id);
CREATE INDEX records_of_task ON records (task, seq) WHERE task <> '';

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

-- What the board's lists are made from: one row for each workstream, task and decision, under a name that is one in
-- the whole hub. All of it is made of the records, and can be made again.
CREATE TABLE cards (
    card           TEXT PRIMARY KEY,
    id             TEXT NOT NULL,
    kind           TEXT NOT NULL,
    workstream     TEXT NOT NULL,
    state          TEXT NOT NULL,
    place          BYTEA NOT NULL,  -- by which the cards of a plan are sorted
    steps          TEXT NOT NULL,   -- the digest of the steps that a task has now
    verdict        TEXT NOT NULL,   -- the newest one about the task
    outcome        TEXT NOT NULL,
    observed_at    BIGINT NOT NULL,
    observed_steps TEXT NOT NULL,
    verified       BIGINT NOT NULL, -- 1: done, and passed with the steps that it has now
    holder         TEXT NOT NULL,
    held_until     BIGINT NOT NULL  -- 0: given back
);

CREATE INDEX cards_in_plan ON cards (workstream, kind, place, id, state, outcome, verified, observed_at);
CREATE INDEX cards_by_state ON cards (kind, state, id) WHERE kind <> 'task';
CREATE INDEX cards_held ON cards (held_until) WHERE held_until > 0;

-- By what cards are found: the words of what they say, and after a byte that is no letter their key and their needs.
CREATE TABLE words (
    word BYTEA NOT NULL,
    card TEXT NOT NULL,
    PRIMARY KEY (word, card)
);

CREATE INDEX words_by_card ON words (card, word);

-- Who is logged in at the board.
CREATE TABLE sessions (
    hash       TEXT PRIMARY KEY,
    token      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_by_end ON sessions (expires_at);

-- +goose Down
DROP TABLE sessions;
DROP TABLE words;
DROP TABLE cards;
DROP TABLE stored;
DROP TABLE audit;
DROP TABLE tokens;
DROP TABLE answers;
DROP TABLE records;
DROP TABLE streams;
DROP TABLE meta;
