package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// TestByIndex: none of the board's questions goes through a whole table.
func TestByIndex(t *testing.T) {
	s, err := Open(t.Context(), t.TempDir()+"/hub.db")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	who := hub.Token{Role: hub.Reader}
	only := hub.Token{Role: hub.Reader, Workstreams: []string{"a", "b"}}
	for _, tt := range []struct {
		who hub.Token
		p   Cards
	}{
		{who, Cards{Kind: hub.KindWorkstream}},
		{who, Cards{Kind: hub.KindWorkstream, State: "active"}},
		{who, Cards{Kind: hub.KindWorkstream, Search: "abc", ByPlace: true}},
		{only, Cards{Kind: hub.KindWorkstream}},
		{who, Cards{Kind: hub.KindTask, Workstream: "a"}},
		{who, Cards{Kind: hub.KindTask, Workstream: "a", State: "done", Search: "abc d"}},
		{who, Cards{Kind: hub.KindTask, Workstream: "a", Findings: true}},
		{who, Cards{Kind: hub.KindTask, Held: true}},
		{who, Cards{Kind: hub.KindTask, Search: "abc"}},
		{who, Cards{Kind: hub.KindTask, Search: "abc def 12"}},
		{only, Cards{Kind: hub.KindTask, Search: "abc def 12"}},
		{who, Cards{Kind: hub.KindDecision, State: "pending"}},
		{who, Cards{Kind: hub.KindDecision, Workstream: "a", State: "pending"}},
		{who, Cards{Kind: hub.KindDecision, Search: "abc"}},
	} {
		tt.p.Limit = 10
		q, _ := cardsOf(tt.who, tt.p, time.Now())
		plan := explain(t, s.read, q)
		for _, step := range plan {
			if strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "USING") && !strings.HasPrefix(step, "SCAN s ") {
				t.Errorf("%+v: %s", tt.p, strings.Join(plan, "; "))
				break
			}
		}
		if testing.Verbose() {
			t.Logf("%+v:\n  %s", tt.p, strings.Join(plan, "\n  "))
		}
	}
}

func explain(t *testing.T, db *sql.DB, q *sentence) []string {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+q.String(), q.args...)
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", q.String(), err))
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id, parent, not int
		var step string
		if err := rows.Scan(&id, &parent, &not, &step); err != nil {
			t.Fatal(err)
		}
		out = append(out, step)
	}
	return out
}
