-- +goose Up
-- Cards, and the words that they are found by, have a name that is one in the whole hub.
DROP TABLE words;
DROP TABLE cards;
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
CREATE TABLE words (
    word BYTEA NOT NULL,
    card TEXT NOT NULL,
    PRIMARY KEY (word, card)
);
CREATE INDEX words_by_card ON words (card, word);

-- +goose Down
DROP TABLE words;
DROP TABLE cards;
