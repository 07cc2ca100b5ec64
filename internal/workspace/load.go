package workspace

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// File is a file that may be a workplan.
type File struct {
	Name string // as the user may write it
	Path string // absolute
	Repo string // the name of the checkout that it lies in; "" is the one that wpctl was called in

	Words workplan.Words // that its statuses are written in
}

// Loader reads plans. All fields are required, unless it says otherwise.
type Loader struct {
	Read   func(path string, buf []byte) ([]byte, error)  // into buf, as far as it is large enough
	Digest func(*workplan.Plan, ...*workplan.Step) string // of steps; see runner.Digest

	// Index is the file in which summaries are kept from one call to the next; "" is none.
	// It is found by what a file holds, never by its name or its time: whatever happened to a file, it is read, and only
	// what was read before is not parsed again. It is safe to delete at any time, and to use by many processes.
	Index string
	// Key is what beside the text decides on a summary: the program, and the team's own kinds of step.
	Key string
}

// ErrIndex is the error where everything was read, and what is known of it could not be kept.
var ErrIndex = errors.New("keep the index of the workspace")

// Load returns the workplans among files, in their order. Files that are not ours are left out, also those that cannot
// be read; the latter's errors come beside, as *fs.PathError.
func (l Loader) Load(ctx context.Context, files []File) ([]*Plan, []error) {
	ix := openIndex(l.Index, l.Key)
	plans, errs := make([]*Plan, len(files)), make([]error, len(files))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	const chunk = 32
	bufs := sync.Pool{New: func() any { return new([]byte) }}
	for from := 0; from < len(files); from += chunk {
		g.Go(func() error {
			buf := bufs.Get().(*[]byte)
			defer bufs.Put(buf)
			for i := from; i < min(from+chunk, len(files)) && ctx.Err() == nil; i++ {
				plans[i], errs[i] = l.one(ix, files[i], buf)
			}
			return nil
		})
	}
	_ = g.Wait()
	var out []*Plan
	var failed []error
	for i := range files {
		if plans[i] != nil {
			out = append(out, plans[i])
		}
		if errs[i] != nil {
			failed = append(failed, errs[i])
		}
	}
	if err := ctx.Err(); err != nil {
		return out, append(failed, err)
	}
	if err := ix.save(); err != nil {
		failed = append(failed, fmt.Errorf("%w: %w", ErrIndex, err))
	}
	return out, failed
}

// one returns the plan of a file, or nil where it is none of ours. It reads into buf.
func (l Loader) one(ix *index, f File, buf *[]byte) (*Plan, error) {
	src, err := l.Read(f.Path, *buf)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: f.Path, Err: err}
	}
	*buf = src
	sum := f.sum(src)
	p := &Plan{File: f.Name, Path: f.Path, Repo: f.Repo, Words: f.Words}
	if ours, ok := ix.get(sum, &p.Summary); ok {
		if !ours {
			return nil, nil
		}
		return p, nil
	}
	if !workplan.IsWorkplan(src) {
		ix.put(sum, nil)
		return nil, nil
	}
	plan, diags := f.Words.Parse(f.Name, bytes.Clone(src))
	p.Summary = Summarize(plan, func(s ...*workplan.Step) string { return l.Digest(plan, s...) }, diags.Errors())
	ix.put(sum, &p.Summary)
	return p, nil
}

// sum is that of a text and of what its words mean.
func (f File) sum(src []byte) [sha256.Size]byte {
	sum := sha256.Sum256(src)
	if key := f.Words.Key(); key != "" {
		sum = sha256.Sum256(append(sum[:], key...))
	}
	return sum
}
