package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// cardsMade names the form of cards and words: where it changes they are made anew.
const cardsMade = "3"

// cardOf is the name of a record's card. An id is a record's within its workstream, and cards of all are found together.
// Those of a workstream begin alike, so that writing them touches few pages.
func cardOf(workstream, id string) string {
	plan, own := sha256.Sum256([]byte(workstream)), sha256.Sum256([]byte(workstream+" "+id))
	return hex.EncodeToString(append(plan[:6:6], own[:12]...))
}

// card keeps what the board's lists show of a record, in the transaction that writes the record. A new record has no was.
func (b *batch) card(was hub.Body, r *row) error {
	switch r.Kind {
	case hub.KindWorkstream, hub.KindTask, hub.KindDecision:
		now, err := into[shown](r.Record)
		if err != nil {
			return err
		}
		if was.Kind == "" {
			return b.newCard(now, r)
		}
		var before shown
		if err := was.Into(&before); err != nil {
			return err
		}
		return b.newerCard(before, now, r)
	case hub.KindVerdict:
		return b.verdict(r)
	case hub.KindLease:
		return b.holder(r)
	}
	return nil
}

// shown is what cards are made of: fields of several kinds.
type shown struct {
	Plan, Key, Title, Question, Assignee, Owner, Repo, Domain, Status, Steps string
	Labels, Needs                                                            []string
	Line, Order                                                              int64
}

// into reads a record's body.
func into[T any](r hub.Record) (T, error) {
	var v T
	return v, json.Unmarshal(r.Body, &v)
}

// column is a text as PostgreSQL takes it.
func column(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }

func (b *batch) newCard(now shown, r *row) error {
	_, err := b.tx.ExecContext(b.ctx, `INSERT INTO cards (card, id, kind, workstream, state, place, steps, verdict, outcome, observed_at, observed_steps, verified, holder, held_until)
		VALUES ($7, $1, $2, $3, $4, $5, $6, '', '', 0, '', 0, '', 0) ON CONFLICT DO NOTHING`,
		r.ID, string(r.Kind), r.Workstream, now.Status, now.place(), column(now.Steps), cardOf(r.Workstream, r.ID))
	if err != nil {
		return err
	}
	return b.words(cardOf(r.Workstream, r.ID), nil, now.words())
}

func (b *batch) newerCard(was, now shown, r *row) error {
	_, err := b.tx.ExecContext(b.ctx, `UPDATE cards SET state = $2, place = $3, steps = $4, verified = CASE WHEN $2 = 'done' AND outcome = 'passed'
		AND (observed_steps = '' OR $4 = '' OR observed_steps = $4) THEN 1 ELSE 0 END WHERE card = $1`, cardOf(r.Workstream, r.ID), now.Status, now.place(), column(now.Steps))
	if err != nil {
		return err
	}
	return b.words(cardOf(r.Workstream, r.ID), was.words(), now.words())
}

// verdict keeps the newest verdict about a task: what was observed last, and of times to come none.
func (b *batch) verdict(r *row) error {
	v, err := into[hub.Verdict](r.Record)
	if err != nil {
		return err
	}
	observed := min(v.ObservedAt.UnixMicro(), r.CreatedAt.UnixMicro())
	_, err = b.tx.ExecContext(b.ctx, `UPDATE cards SET verdict = $2, outcome = $3, observed_at = $4, observed_steps = $5, verified = CASE WHEN state = 'done' AND $3 = 'passed'
		AND ($5 = '' OR steps = '' OR steps = $5) THEN 1 ELSE 0 END WHERE card = $1 AND observed_at <= $4`, cardOf(r.Workstream, r.Task), r.ID, v.Outcome, observed, column(v.Steps))
	return err
}

func (b *batch) holder(r *row) error {
	l, err := into[hub.Lease](r.Record)
	if err != nil {
		return err
	}
	until := l.ExpiresAt.UnixMicro()
	if l.Released {
		until = 0
	}
	_, err = b.tx.ExecContext(b.ctx, `UPDATE cards SET holder = $2, held_until = $3 WHERE card = $1`, cardOf(r.Workstream, r.Task), l.Holder, until)
	return err
}

// words writes by what a card is found, where that changed.
func (b *batch) words(card string, was, now [][]byte) error {
	if slices.EqualFunc(was, now, slices.Equal[[]byte]) {
		return nil
	}
	if len(was) > 0 {
		if _, err := b.tx.ExecContext(b.ctx, `DELETE FROM words WHERE card = $1`, card); err != nil {
			return err
		}
	}
	if len(now) == 0 {
		return nil
	}
	args := []any{card}
	var rows []string
	for _, w := range now {
		args = append(args, w)
		rows = append(rows, fmt.Sprintf("($%d, $1)", len(args)))
	}
	_, err := b.tx.ExecContext(b.ctx, `INSERT INTO words (word, card) VALUES `+strings.Join(rows, ", ")+` ON CONFLICT DO NOTHING`, args...)
	return err
}

// Bounds of what is kept of a text to find it by.
const (
	maxWords = 32
	maxWord  = 40 // bytes
	maxNeeds = 200
)

// What stands before a key and before a need, which are found only as a whole.
const (
	keyMark  = "\x00"
	needMark = "\x01"
)

// words are what a card is found by, sorted.
func (s shown) words() [][]byte {
	set := map[string]bool{}
	said := append([]string{s.Plan, s.Key, s.Title, s.Question, s.Assignee, s.Owner, s.Repo, s.Domain}, s.Labels...)
	for _, word := range wordsOf(strings.Join(said, " ")) {
		if len(set) < maxWords {
			set[word] = true
		}
	}
	set[keyMark+strings.ToLower(cmp.Or(s.Key, s.Plan))] = true
	for _, need := range s.Needs[:min(len(s.Needs), maxNeeds)] {
		set[needMark+strings.ToLower(need)] = true
	}
	out := make([][]byte, 0, len(set))
	for _, word := range slices.Sorted(maps.Keys(set)) {
		out = append(out, []byte(word))
	}
	return out
}

// wordsOf are the words of a text, as they are looked for.
func wordsOf(text string) []string {
	list := strings.FieldsFunc(strings.ToLower(strings.ToValidUTF8(text, " ")), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	for i, word := range list {
		if len(word) > maxWord {
			list[i] = strings.ToValidUTF8(word[:maxWord], "")
		}
	}
	return list
}

// place sorts a plan's cards: by their place in it where they have one, and numbers in their keys as numbers.
func (s shown) place() []byte {
	order := cmp.Or(s.Order, s.Line, math.MaxInt64)
	if s.Key == "" {
		order = 0
	}
	return append(binary.BigEndian.AppendUint64(nil, uint64(order)), natural(cmp.Or(s.Key, s.Plan))...)
}

// natural is a text that sorts as people count: T2 before T10. Before a number stands how many digits it has.
func natural(s string) []byte {
	var out []byte
	for i := 0; i < len(s); {
		n := 0
		for i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '9' {
			n++
		}
		if n == 0 {
			out = append(out, s[i])
			i++
			continue
		}
		digits := strings.TrimLeft(s[i:i+n], "0")
		out = append(append(out, '0', byte(len(digits))), digits...)
		i += n
	}
	return out
}

// makeCards makes all cards and words where this history has none of the present form: after a change of the form,
// and after a restore.
func (s *Store) makeCards(ctx context.Context) error {
	const look = `SELECT value FROM meta WHERE name = 'cards'`
	want := cardsMade + " " + s.Epoch()
	var have string
	if err := s.write.QueryRowContext(ctx, look).Scan(&have); err == nil && have == want {
		return nil
	}
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, text := range []string{
			`INSERT INTO meta (name, value) VALUES ('cards', '') ON CONFLICT DO NOTHING`,
			`UPDATE meta SET value = value WHERE name = 'cards'`, // one at a time
		} {
			if _, err := tx.ExecContext(ctx, text); err != nil {
				return err
			}
		}
		if err := tx.QueryRowContext(ctx, look).Scan(&have); err != nil || have == want {
			return err
		}
		return remake(ctx, tx)
	})
}

// remake makes all cards and words of the records, and ends all sessions: of what was there before, nothing is left.
func remake(ctx context.Context, tx *sql.Tx) error {
	for _, text := range []string{
		`UPDATE streams SET changed_at = (SELECT coalesce(max(updated_at), 0) FROM records WHERE records.workstream = streams.id)`, // and nobody else writes meanwhile
		`DELETE FROM cards`,
		`DELETE FROM words`,
		`DELETE FROM sessions`,
	} {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	b := &batch{ctx: ctx, tx: tx}
	for _, kind := range []hub.Kind{hub.KindWorkstream, hub.KindTask, hub.KindDecision, hub.KindVerdict, hub.KindLease} {
		if err := b.cards(kind); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) SELECT 'cards', $1 || value FROM meta WHERE name = 'epoch' ON CONFLICT (name) DO UPDATE SET value = excluded.value`, cardsMade+" ")
	return err
}

// cards makes those of all records of a kind.
func (b *batch) cards(kind hub.Kind) error {
	workstream, id := "", ""
	for {
		list, err := queryIn(b.ctx, b.tx, `SELECT `+columns+` FROM records WHERE kind = $1 AND (workstream, id) > ($2, $3) ORDER BY workstream, id LIMIT 500`, string(kind), workstream, id)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, r := range list {
			if err := b.card(hub.Body{}, &row{Record: r}); err != nil {
				return err
			}
			workstream, id = r.Workstream, r.ID
		}
	}
}
