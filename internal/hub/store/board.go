package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// Card is a workstream, a task or a decision as lists show it.
type Card struct {
	hub.Record
	ChangedAt  time.Time // of a workstream: when anything in it changed
	Verdict    string    // the newest one about a task; "" none
	Outcome    string
	ObservedAt time.Time
	Verified   bool // done, and passed with the steps that it has now
	Stale      bool // the verdict is about other steps than the task has now
	Holder     string
	HeldUntil  time.Time
}

// Cards is which cards are asked for.
type Cards struct {
	Kind       hub.Kind
	Workstream string // "" all
	State      string // "" all
	Outcome    string // "" all
	Findings   bool   // only tasks whose newest verdict is not that they passed
	Held       bool   // only tasks that somebody has claimed
	Search     string
	ByPlace    bool // workstreams: by their plan's id, not by when they changed
	Offset     int
	Limit      int
}

// sentence builds a statement with its arguments.
type sentence struct {
	strings.Builder
	args []any
}

// arg is the mark of an argument.
func (q *sentence) arg(v any) string {
	q.args = append(q.args, v)
	return fmt.Sprintf("$%d", len(q.args))
}

func (q *sentence) add(format string, args ...any) { fmt.Fprintf(q, format, args...) }

func (q *sentence) list(ids []string) string {
	marks := make([]string, len(ids))
	for i, id := range ids {
		marks[i] = q.arg(id)
	}
	return strings.Join(marks, ", ")
}

// reached leaves what a token reaches.
func (q *sentence) reached(who hub.Token) {
	if len(who.Workstreams) > 0 {
		q.add(" AND c.workstream IN (%s)", q.list(who.Workstreams))
	}
}

// where says which cards; not ok where there can be none.
func (q *sentence) where(who hub.Token, p Cards, now time.Time) bool {
	q.add(" WHERE c.kind = %s", q.arg(string(p.Kind)))
	if p.Kind != hub.KindTask {
		q.add(" AND c.kind <> 'task'") // as the index says it
	}
	if p.Workstream != "" {
		q.add(" AND c.workstream = %s", q.arg(p.Workstream))
	}
	q.reached(who)
	if p.State != "" {
		q.add(" AND c.state = %s", q.arg(p.State))
	}
	if p.Outcome != "" {
		q.add(" AND c.outcome = %s", q.arg(p.Outcome))
	}
	if p.Findings {
		q.add(" AND c.outcome NOT IN ('', 'passed')")
	}
	if p.Held {
		q.add(" AND c.held_until > 0 AND c.held_until > %s", q.arg(now.UnixMicro()))
	}
	return q.found(p.Search)
}

// found leaves cards that have a word for each word of a text that begins with it.
func (q *sentence) found(text string) bool {
	words := wordsOf(text)
	if len(words) > 8 {
		words = words[:8]
	}
	if text = strings.TrimSpace(text); text != "" && len(words) == 0 {
		return false
	}
	rarest := 0
	for i, word := range words {
		if rank(word) > rank(words[rarest]) {
			rarest = i
		}
	}
	for i, word := range words {
		from, to := q.arg([]byte(word)), q.arg(append([]byte(word), 0xff))
		if i == rarest { // by the word's own index; the others by the card's
			q.add(" AND c.card IN (SELECT card FROM words WHERE word >= %s AND word < %s)", from, to)
			continue
		}
		q.add(" AND EXISTS (SELECT 1 FROM words w WHERE w.card = c.card AND w.word >= %s AND w.word < %s)", from, to)
	}
	return true
}

// rank guesses how few cards have a word: long ones are rare, and numbers more so.
func rank(word string) int {
	if strings.ContainsAny(word, "0123456789") {
		return 2 * len(word)
	}
	return len(word)
}

// Cards reads a page of cards that a token reaches.
func (s *Store) Cards(ctx context.Context, who hub.Token, p Cards) ([]Card, error) {
	q, ok := cardsOf(who, p, s.Now())
	if !ok {
		return nil, nil
	}
	return s.cards(ctx, q)
}

// cardsOf is the statement that reads a page; not ok where it would find nothing.
func cardsOf(who hub.Token, p Cards, now time.Time) (*sentence, bool) {
	q := &sentence{}
	if p.Kind == hub.KindWorkstream {
		q.add("SELECT %s, s.changed_at FROM cards c JOIN streams s ON s.id = c.id", cardColumns)
	} else {
		q.add("SELECT %s, 0 FROM cards c", cardColumns)
	}
	if !q.where(who, p, now) {
		return nil, false
	}
	switch {
	case p.Kind == hub.KindWorkstream && !p.ByPlace:
		q.add(" ORDER BY s.changed_at DESC, c.id")
	case p.Held:
		q.add(" ORDER BY c.held_until, c.id")
	case p.Workstream == "":
		q.add(" ORDER BY c.place, c.id")
	default:
		q.add(" ORDER BY c.workstream, c.kind, c.place, c.id")
	}
	q.add(" LIMIT %s OFFSET %s", q.arg(p.Limit), q.arg(p.Offset))
	return q, true
}

const cardColumns = `c.id, c.workstream, c.verdict, c.outcome, c.observed_at, c.verified, c.steps, c.observed_steps, c.holder, c.held_until`

// cards reads cards, and then their records.
func (s *Store) cards(ctx context.Context, q *sentence) ([]Card, error) {
	rows, err := s.read.QueryContext(ctx, q.String(), q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // what it could say, Err says
	var list []Card
	var refs []ref
	for rows.Next() {
		var c Card
		var observed, verified, held, changed int64
		var steps, of string
		if err := rows.Scan(&c.ID, &c.Workstream, &c.Verdict, &c.Outcome, &observed, &verified, &steps, &of, &c.Holder, &held, &changed); err != nil {
			return nil, err
		}
		c.Verified, c.Stale = verified != 0, c.Verdict != "" && steps != "" && of != "" && steps != of
		if observed != 0 {
			c.ObservedAt = at(observed)
		}
		if held > s.Now().UnixMicro() {
			c.HeldUntil = at(held)
		} else {
			c.Holder = ""
		}
		c.ChangedAt = at(changed)
		list, refs = append(list, c), append(refs, ref{c.Workstream, c.ID})
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	records, err := s.records(ctx, refs)
	if err != nil {
		return nil, err
	}
	out := list[:0]
	for _, c := range list {
		if r, ok := records[ref{c.Workstream, c.ID}]; ok {
			c.Record = r
			out = append(out, c)
		}
	}
	return out, nil
}

// Records reads records of a workstream by their ids. Whether somebody may see them is for the caller to ask.
func (s *Store) Records(ctx context.Context, workstream string, ids []string) (map[string]hub.Record, error) {
	refs := make([]ref, len(ids))
	for i, id := range ids {
		refs[i] = ref{workstream, id}
	}
	return byID(s.records(ctx, refs))
}

// Heads reads the records of workstreams themselves, likewise.
func (s *Store) Heads(ctx context.Context, workstreams []string) (map[string]hub.Record, error) {
	refs := make([]ref, len(workstreams))
	for i, id := range workstreams {
		refs[i] = ref{id, id}
	}
	return byID(s.records(ctx, refs))
}

func byID(list map[ref]hub.Record, err error) (map[string]hub.Record, error) {
	out := map[string]hub.Record{}
	for at, r := range list {
		out[at.id] = r
	}
	return out, err
}

// ref names a record.
type ref struct{ workstream, id string }

func (s *Store) records(ctx context.Context, ids []ref) (map[ref]hub.Record, error) {
	out := map[ref]hub.Record{}
	for len(ids) > 0 {
		var q sentence
		some := ids[:min(len(ids), 200)]
		var rows []string
		for _, r := range some {
			rows = append(rows, "("+q.arg(r.workstream)+", "+q.arg(r.id)+")")
		}
		q.add("SELECT "+columns+" FROM records WHERE (workstream, id) IN (VALUES %s)", strings.Join(rows, ", "))
		list, err := s.query(ctx, q.String(), q.args...)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			out[ref{r.Workstream, r.ID}] = r
		}
		ids = ids[len(some):]
	}
	return out, nil
}

// Card reads the card of a task.
func (s *Store) Card(ctx context.Context, workstream, task string) (Card, error) {
	var q sentence
	q.add("SELECT %s, 0 FROM cards c WHERE c.card = %s AND c.kind = 'task'", cardColumns, q.arg(cardOf(workstream, task)))
	list, err := s.cards(ctx, &q)
	if err == nil && len(list) == 0 {
		return Card{}, notFound(hub.KindTask, task)
	}
	if err != nil {
		return Card{}, err
	}
	return list[0], nil
}

// Tally is how the tasks and decisions of a workstream stand.
type Tally struct {
	Tasks      map[string]int // by status
	Outcomes   map[string]int // tasks by the outcome of their newest verdict
	Decisions  map[string]int // by status
	Verified   int
	Held       int
	ObservedAt time.Time // the newest verdict; zero where there is none
}

// Tallies counts in workstreams.
func (s *Store) Tallies(ctx context.Context, workstreams []string) (map[string]*Tally, error) {
	out := map[string]*Tally{}
	if len(workstreams) == 0 {
		return out, nil
	}
	for _, id := range workstreams {
		out[id] = &Tally{Tasks: map[string]int{}, Outcomes: map[string]int{}, Decisions: map[string]int{}}
	}
	var q sentence
	q.add(`SELECT workstream, kind, state, outcome, verified, count(*), max(observed_at) FROM cards
		WHERE workstream IN (%s) AND kind IN ('task', 'decision') GROUP BY workstream, kind, state, outcome, verified`, q.list(workstreams))
	rows, err := s.read.QueryContext(ctx, q.String(), q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // what it could say, Err says
	for rows.Next() {
		var id, state, outcome string
		var kind hub.Kind
		var verified, n int
		var observed int64
		if err := rows.Scan(&id, &kind, &state, &outcome, &verified, &n, &observed); err != nil {
			return nil, err
		}
		t := out[id]
		if kind == hub.KindDecision {
			t.Decisions[state] += n
			continue
		}
		t.Tasks[state] += n
		t.Outcomes[outcome] += n
		t.Verified += verified * n
		if observed != 0 && at(observed).After(t.ObservedAt) {
			t.ObservedAt = at(observed)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return out, s.countHeld(ctx, workstreams, out)
}

func (s *Store) countHeld(ctx context.Context, workstreams []string, out map[string]*Tally) error {
	var q sentence
	q.add(`SELECT workstream, count(*) FROM cards WHERE held_until > 0 AND held_until > %s AND workstream IN (%s) GROUP BY workstream`,
		q.arg(s.Now().UnixMicro()), q.list(workstreams))
	rows, err := s.read.QueryContext(ctx, q.String(), q.args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // what it could say, Err says
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return err
		}
		out[id].Held = n
	}
	return rows.Err()
}

// States counts the cards of a kind that a token reaches, by their state. Of tasks it is asked within a workstream.
func (s *Store) States(ctx context.Context, who hub.Token, p Cards) (map[string]int, error) {
	var q sentence
	q.add("SELECT c.state, count(*) FROM cards c")
	out := map[string]int{}
	if !q.where(who, p, s.Now()) {
		return out, nil
	}
	q.add(" GROUP BY c.state")
	rows, err := s.read.QueryContext(ctx, q.String(), q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // what it could say, Err says
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		out[state] = n
	}
	return out, rows.Err()
}

// History reads what happened in a workstream, the newest first: records by their last change, with numbers below
// before (0: all), of one task where it is named.
func (s *Store) History(ctx context.Context, workstream, task string, before int64, limit int) ([]hub.Record, error) {
	var q sentence
	if task != "" {
		q.add("SELECT "+columns+" FROM records WHERE task = %s AND task <> '' AND workstream = %s", q.arg(task), q.arg(workstream))
	} else {
		q.add("SELECT "+columns+" FROM records WHERE workstream = %s", q.arg(workstream))
	}
	if before > 0 {
		q.add(" AND seq < %s", q.arg(before))
	}
	q.add(" ORDER BY seq DESC LIMIT %s", q.arg(limit))
	return s.query(ctx, q.String(), q.args...)
}
