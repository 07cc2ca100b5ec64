package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

const auditColumns = `id, at, token, name, source, action, kind, workstream, record, rev, outcome, times, detail`

// entry begins a line of the trail.
func entry(ctx context.Context, who hub.Token, action string) hub.Entry {
	from := sourceOf(ctx)
	e := hub.Entry{Token: who.ID, Name: who.Name, Source: from.Address, Action: action, Outcome: hub.OutcomeOK, Times: 1}
	if e.Name == "" {
		e.Name = from.Name
	}
	return e
}

// linesAtOnce is how many lines one statement adds: the parameters of a statement are bounded.
const linesAtOnce = 40

// addLines writes lines of the trail, in the transaction of what they tell of.
func addLines(ctx context.Context, tx *sql.Tx, now time.Time, lines []hub.Entry) error {
	for from := 0; from < len(lines); from += linesAtOnce {
		part := lines[from:min(from+linesAtOnce, len(lines))]
		var args []any
		for i, e := range part {
			if e.At.IsZero() {
				e.At = now
			}
			args = append(args, lineID(e.At, from+i), e.At.UnixMicro(), e.Token, e.Name, e.Source, e.Action, string(e.Kind),
				e.Workstream, e.Record, e.Rev, e.Outcome, e.Times, e.Detail)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO audit (`+auditColumns+`) VALUES `+marks(len(part), 13), args...); err != nil {
			return err
		}
	}
	return nil
}

// marks are the places of n rows of a number of parameters.
func marks(n, each int) string {
	var b strings.Builder
	for i := range n {
		for k := range each {
			switch {
			case k == 0 && i == 0:
				b.WriteString("(")
			case k == 0:
				b.WriteString("), (")
			default:
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "$%d", i*each+k+1)
		}
	}
	return b.String() + ")"
}

// lineID grows with time, and with the place among lines of the same time.
func lineID(at time.Time, n int) string {
	random := make([]byte, 6)
	rand.Read(random)
	return fmt.Sprintf("%016x%04x%s", at.UnixMicro(), n, hex.EncodeToString(random))
}

// distinct bounds the lines of refusals that are kept at a time: nobody fills the disk with them.
const distinct = 64

// flushAfter is how long refusals wait to be written together with others of their kind.
const flushAfter = 2 * time.Second

// Refused notes a refusal: by whom and how often, with the first of them as an example. It is on disk some seconds
// later, since refusals would else be a way to make the hub write.
func (s *Store) Refused(ctx context.Context, who hub.Token, e hub.Entry) {
	from := sourceOf(ctx)
	from.told = true
	full := entry(ctx, who, e.Action)
	full.At, full.Kind, full.Workstream, full.Record, full.Outcome, full.Detail = s.Now().UTC(), e.Kind, e.Workstream, e.Record, e.Outcome, e.Detail
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	key := strings.Join([]string{full.Token, full.Source, full.Action, string(full.Kind), full.Workstream, full.Outcome}, "\n")
	if _, ok := s.refusals[key]; !ok && len(s.refusals) >= distinct {
		full = hub.Entry{At: full.At, Action: "request", Outcome: "refused", Detail: "more refusals than are told one by one"}
		key = ""
	}
	if there, ok := s.refusals[key]; ok {
		there.Times++
		return
	}
	full.Times = 1
	if s.refusals == nil {
		s.refusals = map[string]*hub.Entry{}
	}
	s.refusals[key] = &full
	if s.flushing == nil {
		s.flushing = time.AfterFunc(flushAfter, func() {
			if err := s.Flush(context.Background()); err != nil && s.Failed != nil {
				s.Failed(err)
			}
		})
	}
}

// Flush writes the refusals that were noted.
func (s *Store) Flush(ctx context.Context) error {
	s.flush.Lock()
	defer s.flush.Unlock()
	s.mu.Lock()
	noted := s.refusals
	s.refusals = nil
	if s.flushing != nil {
		s.flushing.Stop()
		s.flushing = nil
	}
	s.mu.Unlock()
	if len(noted) == 0 {
		return nil
	}
	var lines []hub.Entry
	for _, e := range noted {
		lines = append(lines, *e)
	}
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error { return addLines(ctx, tx, s.Now(), lines) })
}

// Note writes a line of the trail by itself.
func (s *Store) Note(ctx context.Context, who hub.Token, e hub.Entry) error {
	full := entry(ctx, who, e.Action)
	full.Detail = e.Detail
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error { return addLines(ctx, tx, s.Now(), []hub.Entry{full}) })
}

// Trail is which lines of the trail are read. The zero value stands for all.
type Trail struct {
	Since, Until time.Time
	Who          string // the id or the name of a token, or the name of an account
	Source       string
	Action       string
	Workstream   string
	Record       string
	Outcome      string // ok, refused for all that are not, or a code
	Limit        int    // the newest so many; 0: 100
}

// Audit reads lines of the trail, the newest first.
func (s *Store) Audit(ctx context.Context, t Trail) ([]hub.Entry, error) {
	if t.Limit <= 0 {
		t.Limit = 100
	}
	var where []string
	var args []any
	add := func(form string, value any) {
		args = append(args, value)
		where = append(where, strings.ReplaceAll(form, "?", fmt.Sprintf("$%d", len(args))))
	}
	if !t.Since.IsZero() {
		add("id >= ?", fmt.Sprintf("%016x", t.Since.UnixMicro()))
	}
	if !t.Until.IsZero() {
		add("id < ?", fmt.Sprintf("%016x", t.Until.UnixMicro()))
	}
	for _, is := range []struct{ form, value string }{
		{"source = ?", t.Source}, {"action = ?", t.Action}, {"workstream = ?", t.Workstream}, {"record = ?", t.Record},
	} {
		if is.value != "" {
			add(is.form, is.value)
		}
	}
	if t.Who != "" {
		add("(token = ? OR name = ?)", t.Who)
	}
	switch t.Outcome {
	case "":
	case "refused":
		add("outcome <> ?", hub.OutcomeOK)
	default:
		add("outcome = ?", t.Outcome)
	}
	text := `SELECT ` + auditColumns + ` FROM audit`
	if len(where) > 0 {
		text += ` WHERE ` + strings.Join(where, " AND ")
	}
	args = append(args, t.Limit)
	rows, err := s.read.QueryContext(ctx, text+fmt.Sprintf(` ORDER BY id DESC LIMIT $%d`, len(args)), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // what it could say, Err says
	list := []hub.Entry{}
	for rows.Next() {
		e, err := scanLine(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, rows.Err()
}

func scanLine(from scanner) (hub.Entry, error) {
	var e hub.Entry
	var when int64
	err := from.Scan(&e.ID, &when, &e.Token, &e.Name, &e.Source, &e.Action, &e.Kind, &e.Workstream, &e.Record, &e.Rev, &e.Outcome, &e.Times, &e.Detail)
	e.At = at(when)
	return e, err
}
