package state

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// Signoff is a person's word that a manual step holds, with what proves that it is theirs.
type Signoff struct {
	By        string    `json:"by"`
	At        time.Time `json:"at"`
	Note      string    `json:"note,omitempty"`
	Digest    string    `json:"digest"` // of the step as it was signed
	Key       string    `json:"key,omitempty"`
	Signature string    `json:"signature,omitempty"` // over Payload
}

// Payload returns the bytes that a signature of this sign-off covers.
func (s Signoff) Payload(plan, task, step string) []byte {
	parts := []string{"wpctl sign-off 1", plan, task, step, s.Digest, s.By, s.At.UTC().Format(time.RFC3339Nano), s.Note}
	for i, p := range parts {
		parts[i] = fmt.Sprintf("%d:%s", len(p), p)
	}
	return []byte(strings.Join(parts, "\n"))
}

// Check returns the sign-off as a step sees it. Whether its signature was verified is the caller's word:
// it is never read from a file.
func (s Signoff) Check(verified bool) check.Signoff {
	return check.Signoff{By: s.By, At: s.At, Note: s.Note, Digest: s.Digest, Verified: verified}
}

type signoffFile struct {
	Version  int       `json:"version"`
	Plan     string    `json:"plan"`
	Task     string    `json:"task"`
	Step     string    `json:"step"`
	Signoffs []Signoff `json:"signoffs"` // in the order in which they were given
}

// Signoffs returns what was signed for a step of a task, newest first, whatever the step's digest was then.
// The step is named as its author named it, so that older sign-offs are found when it has changed.
func (s *Store) Signoffs(plan, task, step string) ([]Signoff, error) {
	f, err := s.readSignoffs(plan, task, step)
	if err != nil {
		return nil, fmt.Errorf("sign-offs of %s: %w", task, err)
	}
	slices.Reverse(f.Signoffs)
	slices.SortStableFunc(f.Signoffs, func(a, b Signoff) int { return b.At.Compare(a.At) })
	return f.Signoffs, nil
}

// AddSignoff keeps a sign-off beside the earlier ones.
func (s *Store) AddSignoff(plan, task, step string, add Signoff) error {
	if add.By == "" || add.Digest == "" {
		return errors.New("sign off: it needs a name and the step's digest")
	}
	err := s.locked("signoffs", func() error {
		f, err := s.readSignoffs(plan, task, step)
		if err != nil {
			return err
		}
		f.Signoffs = append(f.Signoffs, add)
		return s.write("signoffs", hash(plan, task, step)+".json", f)
	})
	if err != nil {
		return fmt.Errorf("sign off %s: %w", task, err)
	}
	return nil
}

func (s *Store) readSignoffs(plan, task, step string) (signoffFile, error) {
	f := signoffFile{Version: Version, Plan: plan, Task: task, Step: step, Signoffs: []Signoff{}}
	err := s.read("signoffs", hash(plan, task, step)+".json", &f)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return f, err
}
