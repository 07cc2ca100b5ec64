package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/sign"
)

type signoffFile struct {
	Version  int           `json:"version"`
	Signoffs []sign.Record `json:"signoffs"` // in the order in which they were given
}

// Signoffs returns what was signed for a step of a task, newest first, whatever the step's digest was then.
// The step is named as its author named it, so that older sign-offs are found when it has changed.
func (s *Store) Signoffs(plan, task, step string) ([]sign.Record, error) {
	f, err := s.readSignoffs(plan, task, step)
	if err != nil {
		return nil, fmt.Errorf("sign-offs of %s: %w", task, err)
	}
	out := slices.DeleteFunc(f.Signoffs, func(r sign.Record) bool { return r.Plan != plan || r.Task != task || r.Step != step })
	slices.Reverse(out)
	slices.SortStableFunc(out, func(a, b sign.Record) int { return b.At.Compare(a.At) })
	return out, nil
}

// AddSignoff keeps a sign-off beside the earlier ones.
func (s *Store) AddSignoff(ctx context.Context, add sign.Record) error {
	if add.By == "" || add.Digest == "" {
		return errors.New("sign off: it needs a name and the step's digest")
	}
	err := s.locked(ctx, "signoffs", func() error {
		f, err := s.readSignoffs(add.Plan, add.Task, add.Step)
		if err != nil {
			return err
		}
		f.Signoffs = append(f.Signoffs, add)
		return s.write("signoffs", hash(add.Plan, add.Task, add.Step)+".json", f)
	})
	if err != nil {
		return fmt.Errorf("sign off %s: %w", add.Task, err)
	}
	return nil
}

func (s *Store) readSignoffs(plan, task, step string) (signoffFile, error) {
	f := signoffFile{Version: Version, Signoffs: []sign.Record{}}
	err := s.read("signoffs", hash(plan, task, step)+".json", &f)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return f, err
}
