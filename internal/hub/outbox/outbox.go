// Package outbox keeps what is on its way to a hub: one file an entry, on disk before anything is sent, gone only when
// the hub has said that it has it. What a hub refuses for good stays as a dead letter until somebody looks at it.
//
// It sends nothing itself. Texts pass the redactor before they are written.
package outbox

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// Version is the version of the files that this package writes, and the newest that it reads.
const Version = 1

// Entry is a delivery that waits.
type Entry struct {
	Version    int          `json:"version"`
	Hub        string       `json:"hub"` // the name of the one hub that it is for
	Workstream string       `json:"workstream"`
	Resource   string       `json:"resource"`       // entries of one resource leave in their order
	Name       string       `json:"name"`           // for people: what it is about
	Task       string       `json:"task,omitempty"` // that the delivery is about
	AddedAt    time.Time    `json:"added_at"`
	Delivery   hub.Delivery `json:"delivery"`

	Tries   int       `json:"tries,omitempty"` // that ended with the hub's mistake
	TriedAt time.Time `json:"tried_at,omitzero"`
	Error   string    `json:"error,omitempty"` // of the last try
	Code    hub.Code  `json:"code,omitempty"`  // of the refusal that it died of

	Number int64 `json:"-"` // its place in the queue, and its name for people
}

// State says whether the entry is about a record that can be changed: then its file says what is to be sent, and not
// the entry.
func (e Entry) State() bool { return e.Delivery.Kind.Mutable() }

// Box is a folder of entries. It may be used by several goroutines and processes.
type Box struct {
	Redact func(string) string // nil: texts stay as they are
	Now    func() time.Time    // nil: time.Now
	At     func(point string)  // tests look in, and break in, here

	dir string
}

// Open returns the box in a folder, which it makes where it is missing.
func Open(dir string) (*Box, error) {
	for _, d := range []string{dir, filepath.Join(dir, dead), filepath.Join(dir, ledger)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("open the outbox: %w", err)
		}
	}
	return &Box{dir: dir}, nil
}

const (
	dead   = "dead"
	ledger = "ledger"
)

func (b *Box) pass(point string) {
	if b.At != nil {
		b.At(point)
	}
}

func (b *Box) now() time.Time {
	if b.Now == nil {
		return time.Now()
	}
	return b.Now()
}

// Add puts entries at the end of the queue, in their order. When it returns without an error they are on disk; with
// one, none of them is in the queue.
func (b *Box) Add(ctx context.Context, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	err := b.locked(ctx, func() error {
		b.sweep()
		last, err := b.last()
		if err != nil {
			return err
		}
		return b.add(last, entries)
	})
	if err != nil {
		return fmt.Errorf("put into the outbox: %w", err)
	}
	b.pass("queued")
	return nil
}

// add writes entries aside, all of them down to the disk, and then gives them their names.
func (b *Box) add(last int64, entries []Entry) error {
	asides := make([]string, len(entries))
	defer func() {
		for _, name := range asides {
			if name != "" {
				os.Remove(name)
			}
		}
	}()
	var g errgroup.Group
	g.SetLimit(16) // a file system syncs several files together
	for i, e := range entries {
		e.Version, e.AddedAt = Version, b.now().UTC()
		text, err := b.text(e)
		if err != nil {
			return err
		}
		g.Go(func() (err error) {
			asides[i], err = writeAside(b.dir, text)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	b.pass("written")
	for i := range entries {
		if err := os.Rename(asides[i], b.path("", last+int64(i)+1)); err != nil {
			for j := range i { // all or none
				os.Remove(b.path("", last+int64(j)+1))
			}
			return err
		}
		asides[i] = ""
		if i == 0 {
			b.pass("named-one")
		}
	}
	return disk.SyncDir(b.dir)
}

// text is an entry as it is written, without secrets.
func (b *Box) text(e Entry) ([]byte, error) {
	if e.Hub == "" || e.Workstream == "" || e.Resource == "" || e.Delivery.ID == "" || e.Delivery.Key == "" {
		return nil, errors.New("an entry without its hub, workstream, resource, id or key")
	}
	var err error
	if e.Delivery.Body, err = b.harmless(e.Delivery.Body); err != nil {
		return nil, err
	}
	e.Name, e.Error = b.redact(e.Name), b.redact(e.Error)
	return json.MarshalIndent(e, "", "  ")
}

func (b *Box) redact(s string) string {
	if b.Redact == nil {
		return s
	}
	return b.Redact(s)
}

var entryName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9]{12})\.json$`) })

func (b *Box) path(folder string, number int64) string {
	return filepath.Join(b.dir, folder, fmt.Sprintf("%012d.json", number))
}

// numbers are those of the entries of a folder, sorted.
func (b *Box) numbers(folder string) ([]int64, error) {
	entries, err := os.ReadDir(filepath.Join(b.dir, folder))
	if err != nil {
		return nil, err
	}
	var out []int64
	for _, e := range entries {
		if m := entryName().FindStringSubmatch(e.Name()); m != nil {
			n, err := strconv.ParseInt(m[1], 10, 64)
			if err == nil {
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

// last is the largest number that is taken: dead letters keep theirs.
func (b *Box) last() (int64, error) {
	var last int64
	for _, folder := range []string{"", dead} {
		all, err := b.numbers(folder)
		if err != nil {
			return 0, err
		}
		if len(all) > 0 {
			last = max(last, all[len(all)-1])
		}
	}
	return last, nil
}

// Damaged is the error of a file of the outbox that cannot be read. It stays where it is.
type Damaged struct {
	Path string
	Err  error
}

func (d *Damaged) Error() string { return fmt.Sprintf("%s: %v", d.Path, d.Err) }

// Waiting returns what waits, in its order: for one hub, or one workstream of it; "" is all. What cannot be read comes
// as errors beside it.
func (b *Box) Waiting(hubName, workstream string) ([]Entry, []error) {
	return b.list("", hubName, workstream)
}

// Dead returns the dead letters, oldest first.
func (b *Box) Dead(hubName, workstream string) ([]Entry, []error) {
	return b.list(dead, hubName, workstream)
}

func (b *Box) list(folder, hubName, workstream string) ([]Entry, []error) {
	numbers, err := b.numbers(folder)
	if err != nil {
		return nil, []error{err}
	}
	var out []Entry
	var errs []error
	for _, n := range numbers {
		e, err := b.read(folder, n)
		switch {
		case errors.Is(err, fs.ErrNotExist): // another process was quicker
		case err != nil:
			errs = append(errs, &Damaged{b.path(folder, n), err})
		case (hubName == "" || e.Hub == hubName) && (workstream == "" || e.Workstream == workstream):
			out = append(out, e)
		}
	}
	return out, errs
}

func (b *Box) read(folder string, number int64) (Entry, error) {
	var e Entry
	text, err := readFile(b.path(folder, number))
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, errors.New("it is damaged")
	}
	if e.Version < 1 || e.Version > Version {
		return e, fmt.Errorf("it has version %d, and this wpctl knows %d", e.Version, Version)
	}
	e.Number = number
	return e, nil
}

// Done takes out what the hub has.
func (b *Box) Done(entries ...Entry) error {
	var errs []error
	for _, e := range entries {
		if err := os.Remove(b.path("", e.Number)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	b.pass("taken-out")
	return errors.Join(errs...)
}

// Tried notes a try that ended with a mistake of the hub.
func (b *Box) Tried(ctx context.Context, e Entry, why error) error {
	e.Tries, e.TriedAt, e.Error = e.Tries+1, b.now().UTC(), why.Error()
	return b.locked(ctx, func() error { return b.replace("", e) })
}

// Bury makes an entry a dead letter. An earlier one about the same record's state goes: the new one says what is wanted now.
func (b *Box) Bury(ctx context.Context, e Entry, p *hub.Problem) error {
	e.Tries, e.TriedAt, e.Error, e.Code = e.Tries+1, b.now().UTC(), p.Error(), p.Code
	return b.locked(ctx, func() error {
		if e.State() {
			if err := b.exhume(e); err != nil {
				return err
			}
		}
		if err := b.replace("", e); err != nil {
			return err
		}
		return b.move("", dead, e.Number)
	})
}

// Superseded removes dead letters about the state of a record that the hub has taken since.
func (b *Box) Superseded(e Entry) error {
	if !e.State() {
		return nil
	}
	return b.exhume(e)
}

func (b *Box) exhume(e Entry) error {
	old, _ := b.list(dead, e.Hub, e.Workstream)
	for _, o := range old {
		if o.Delivery.ID == e.Delivery.ID && o.State() && o.Number != e.Number {
			if err := os.Remove(b.path(dead, o.Number)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// Retry puts a dead letter back into the queue, at its old place.
func (b *Box) Retry(ctx context.Context, number int64) error {
	return b.locked(ctx, func() error {
		e, err := b.read(dead, number)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("no dead letter %d", number)
		}
		if err != nil {
			return &Damaged{b.path(dead, number), err}
		}
		e.Tries, e.Code = 0, ""
		if err := b.replace(dead, e); err != nil {
			return err
		}
		return b.move(dead, "", number)
	})
}

// Drop removes a dead letter, or an entry that waits, for good.
func (b *Box) Drop(ctx context.Context, number int64) error {
	return b.locked(ctx, func() error {
		found := false
		for _, folder := range []string{dead, ""} {
			err := os.Remove(b.path(folder, number))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			found = found || err == nil
		}
		if !found {
			return fmt.Errorf("no entry %d", number)
		}
		return nil
	})
}

// replace writes an entry anew. The caller holds the lock of those who write.
func (b *Box) replace(folder string, e Entry) error {
	text, err := b.text(e)
	if err != nil {
		return err
	}
	aside, err := writeAside(b.dir, text)
	if err != nil {
		return err
	}
	if err := os.Rename(aside, b.path(folder, e.Number)); err != nil {
		os.Remove(aside)
		return err
	}
	return disk.SyncDir(filepath.Join(b.dir, folder))
}

func (b *Box) move(from, to string, number int64) error {
	if err := os.Rename(b.path(from, number), b.path(to, number)); err != nil {
		return err
	}
	return cmp.Or(disk.SyncDir(filepath.Join(b.dir, to)), disk.SyncDir(filepath.Join(b.dir, from)))
}
