-- +goose Up
-- What the board's lists are made from. All of it is made of the records, and can be made again.

-- One row for each workstream, task and decision.
CREATE TABLE cards (
    id             TEXT PRIMARY KEY,
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

CREATE INDEX records_of_task ON records (task, seq) WHERE task <> '';

ALTER TABLE streams ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX streams_by_change ON streams (changed_at);

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
DROP INDEX streams_by_change;
ALTER TABLE streams DROP COLUMN changed_at;
DROP INDEX records_of_task;
DROP TABLE words;
DROP TABLE cards;
