package state

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	runsDir  = "runs"
	idLayout = "20060102T150405.000000Z"
	keepRuns = 200
	keepAge  = 90 * 24 * time.Hour
)

var runID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{8}T[0-9]{6}\.[0-9]{6}Z-[0-9a-f]{8}$`) })

// newRunID returns an id for a run that starts at t. Ids sort by time, and two of one moment differ.
func newRunID(t time.Time) string {
	var b [4]byte
	rand.Read(b[:])
	return t.UTC().Format(idLayout) + "-" + hex.EncodeToString(b[:])
}

// SaveRun writes the record of a run, whose id it returns; a record without an id gets one, and one with an id
// replaces the earlier record of that id. Records that are too many or too old are removed.
func (s *Store) SaveRun(r Run) (id string, err error) {
	if r.ID == "" {
		r.ID = newRunID(r.Started)
	}
	if !runID().MatchString(r.ID) {
		return "", fmt.Errorf("save run: %q is no run's id", r.ID)
	}
	r.Version = Version
	if err := s.write(runsDir, r.ID+".json", r.filled()); err != nil {
		return "", fmt.Errorf("save run %s: %w", r.ID, err)
	}
	s.prune()
	return r.ID, nil
}

// errSeveral is the error of a beginning that several runs have.
var errSeveral = errors.New("several runs begin so")

// Run returns the record of that id, or of the only run whose id begins so; that several have it is an error.
func (s *Store) Run(id string) (Run, error) {
	var found []string
	for _, have := range s.runIDs() {
		if have == id {
			found = []string{id}
			break
		}
		if id != "" && strings.HasPrefix(have, id) {
			found = append(found, have)
		}
	}
	switch len(found) {
	case 0:
		return Run{}, fmt.Errorf("run %q: %w", id, fs.ErrNotExist)
	case 1:
		return s.readRun(found[0])
	}
	return Run{}, fmt.Errorf("run %q: %w: %s, …", id, errSeveral, strings.Join(found[:2], ", "))
}

func (s *Store) readRun(id string) (Run, error) {
	var r Run
	if err := s.read(runsDir, id+".json", &r); err != nil {
		return Run{}, fmt.Errorf("run %s: %w", id, err)
	}
	r.ID = id
	return r, nil
}

// Filter chooses runs; empty fields choose all.
type Filter struct {
	Plan   string    // full id of a plan
	Task   string    // full id of a task
	Within []string  // folders, or files: the plan's file is one of them or lies below one; nil is anywhere
	Since  time.Time // runs that started then or later
	Limit  int       // at most so many
}

func (f Filter) matches(r Run) bool {
	if f.Plan == "" && f.Task == "" && f.Within == nil {
		return true
	}
	return slices.ContainsFunc(r.Plans, func(p PlanRun) bool {
		return (f.Plan == "" || p.ID == f.Plan) && (f.Within == nil || slices.ContainsFunc(f.Within, p.below)) &&
			(f.Task == "" || slices.ContainsFunc(p.Tasks, func(t TaskRun) bool { return t.ID == f.Task }))
	})
}

// below tells whether the plan's file is dir, or lies below it.
func (p PlanRun) below(dir string) bool {
	rel, err := filepath.Rel(dir, p.File)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// Short returns the shortest beginnings by which the records can be told apart, by their ids: the second of the start,
// and as much more as it takes.
func (s *Store) Short() map[string]string {
	ids := s.runIDs()
	out := make(map[string]string, len(ids))
	for i, id := range ids {
		n := len("20060102T150405")
		for _, j := range []int{i - 1, i + 1} {
			for j >= 0 && j < len(ids) && n < len(id) && strings.HasPrefix(ids[j], id[:n]) {
				n++
			}
		}
		out[id] = id[:n]
	}
	return out
}

// Runs goes through the records that f chooses, newest first, and reads each when it is asked for.
// A record that cannot be read comes as an error in its place, and the next one follows.
func (s *Store) Runs(f Filter) iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		n := 0
		for _, id := range slices.Backward(s.runIDs()) {
			if f.Limit > 0 && n >= f.Limit || !f.Since.IsZero() && id < f.Since.UTC().Format(idLayout) {
				return
			}
			r, err := s.readRun(id)
			switch {
			case errors.Is(err, fs.ErrNotExist): // pruned by another process
				continue
			case err == nil && !f.matches(r):
				continue
			case err == nil:
				n++
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// runIDs returns the ids of the records that are there, oldest first. Names that are no ids are not ours.
func (s *Store) runIDs() []string {
	entries, _ := os.ReadDir(filepath.Join(s.dir, runsDir))
	var ids []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), ".json"); ok && runID().MatchString(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// prune removes records beyond the bounds.
// It does its best: a record that another process removes at the same time is removed.
func (s *Store) prune() {
	runs, age := s.Keep.Runs, s.Keep.Age
	if runs == 0 {
		runs = keepRuns
	}
	if age == 0 {
		age = keepAge
	}
	ids := s.runIDs()
	oldest := s.now().Add(-age).UTC().Format(idLayout)
	for i, id := range ids {
		if runs > 0 && len(ids)-i > runs || age > 0 && id < oldest {
			os.Remove(filepath.Join(s.dir, runsDir, id+".json"))
		}
	}
}
