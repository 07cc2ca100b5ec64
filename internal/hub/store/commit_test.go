package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// TestGroup lets many share transactions, some of whom fail, panic or have gone away: each gets its own end, and what
// is told to be on disk is.
func TestGroup(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "hub.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var told atomic.Int64
	s.Failed = func(error) { told.Add(1) }
	errMine := errors.New("mine")
	gone, leave := context.WithCancel(t.Context())
	leave()
	var all sync.WaitGroup
	want := map[string]bool{}
	for i := range 200 {
		name := fmt.Sprint("row", i)
		want[name] = i%4 == 0
		all.Go(func() {
			ctx := t.Context()
			if i%4 == 3 {
				ctx = gone
			}
			err := s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
				if _, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, '')`, name); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return errMine
				case 2:
					panic("mine")
				}
				return nil
			})
			if is := []error{nil, errMine, errPanic, context.Canceled}[i%4]; !errors.Is(err, is) {
				t.Errorf("%d: %v, wanted %v", i, err, is)
			}
		})
	}
	all.Wait()
	if told.Load() == 0 {
		t.Error("nobody was told of the panics")
	}
	rows, err := s.read.QueryContext(t.Context(), `SELECT name FROM meta WHERE name LIKE 'row%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		got[name] = true
	}
	for name, there := range want {
		if got[name] != there {
			t.Errorf("%s: %v, wanted %v", name, got[name], there)
		}
	}
	if s.group.busy || len(s.group.waiting) > 0 {
		t.Error("somebody still works")
	}
}
