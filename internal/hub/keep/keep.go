// Package keep remembers, for each workstream and checkout, what the file and the hub last agreed on, and the hub's
// records as they were last read. What is lost of it can be read again: it is no truth of its own.
package keep

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// Version is the version of the files that this package writes, and the newest that it reads.
const Version = 1

// Base is where a workstream stood when a checkout and a hub were last in step.
type Base struct {
	Version    int    `json:"version"`
	Hub        string `json:"hub"`
	Workstream string `json:"workstream"`
	Root       string `json:"root"` // of the checkout

	Cursor string              `json:"cursor"`           // up to where the hub was read
	Mirror map[string]hub.Item `json:"mirror"`           // its workstream, tasks and decisions, by id
	Refs   map[string]string   `json:"refs,omitempty"`   // what the hub calls records, by id
	Agreed map[string]Units    `json:"agreed"`           // by id
	Newest map[string]Verdict  `json:"newest,omitempty"` // the newest verdict, by task
	Own    map[string]bool     `json:"own,omitempty"`    // what was sent from here, until the feed shows it
	Unkept []string            `json:"unkept,omitempty"` // fields that the hub does not keep: kind and name
}

// Units are values by the name of their unit.
type Units map[string]string

// Verdict is the newest observation of a task, as the hub has it.
type Verdict struct {
	ID         string    `json:"id"`
	Outcome    string    `json:"outcome"`
	ObservedAt time.Time `json:"observed_at"`
	By         string    `json:"by"`
}

// Observe takes an observation, if it is newer than the one that is known. One that claims to come from the future is
// as old as the hub's own clock says.
func (b *Base) Observe(task string, v Verdict, arrived time.Time) {
	if !arrived.IsZero() && v.ObservedAt.After(arrived) {
		v.ObservedAt = arrived
	}
	old, ok := b.Newest[task]
	if ok && (old.ObservedAt.After(v.ObservedAt) || old.ObservedAt.Equal(v.ObservedAt) && old.ID >= v.ID) {
		return
	}
	b.Newest[task] = v
}

// Forget drops all that was read and agreed on; what the hub calls things stays.
func (b *Base) Forget() {
	b.Own = map[string]bool{}
	b.Cursor, b.Mirror, b.Agreed, b.Newest = "", map[string]hub.Item{}, map[string]Units{}, map[string]Verdict{}
}

// Ignore notes fields of a kind that the hub does not keep.
func (b *Base) Ignore(kind hub.Kind, fields []string) {
	for _, f := range fields {
		if name := string(kind) + " " + f; !slices.Contains(b.Unkept, name) {
			b.Unkept = append(b.Unkept, name)
		}
	}
}

// Ignores says whether the hub does not keep one of the fields.
func (b *Base) Ignores(kind hub.Kind, fields []string) bool {
	return slices.ContainsFunc(fields, func(f string) bool { return slices.Contains(b.Unkept, string(kind)+" "+f) })
}

// Agree notes that both sides say the same of a unit.
func (b *Base) Agree(id, unit, value string) {
	if b.Agreed[id] == nil {
		b.Agreed[id] = Units{}
	}
	b.Agreed[id][unit] = value
}

// Store is a folder of bases.
type Store struct {
	At func(point string) // tests look in, and break in, here

	dir string
}

// Open returns the store in a folder, which it makes where it is missing.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open what was last in step: %w", err)
	}
	return &Store{dir: dir}, nil
}

func (s *Store) path(hubName, workstream, root string) string {
	h := sha256.New()
	for _, part := range []string{hubName, workstream, root} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return filepath.Join(s.dir, hex.EncodeToString(h.Sum(nil)[:16])+".json")
}

// maxFile bounds what is read of one base.
const maxFile = 256 << 20

// Load reads a base; a new one where there is none yet. With an error it is a new one as well: what was known is lost,
// which costs a complete reading of the hub and nothing else.
func (s *Store) Load(hubName, workstream, root string) (*Base, error) {
	fresh := func() *Base {
		b := &Base{Version: Version, Hub: hubName, Workstream: workstream, Root: root, Refs: map[string]string{}}
		b.Forget()
		return b
	}
	path := s.path(hubName, workstream, root)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fresh(), nil
	}
	if err != nil {
		return fresh(), err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return fresh(), err
	}
	b := fresh()
	if err := json.Unmarshal(text, b); err != nil {
		return fresh(), fmt.Errorf("%s is damaged", path)
	}
	if b.Version != Version || b.Hub != hubName || b.Workstream != workstream || b.Root != root ||
		b.Mirror == nil || b.Agreed == nil || b.Refs == nil || b.Newest == nil {
		return fresh(), fmt.Errorf("%s is none that this wpctl knows", path)
	}
	return b, nil
}

// Save writes a base, as a whole or not at all, down to the disk.
func (s *Store) Save(b *Base) error {
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	if err := s.save(s.path(b.Hub, b.Workstream, b.Root), text); err != nil {
		return fmt.Errorf("keep what is in step: %w", err)
	}
	return nil
}

func (s *Store) save(path string, text []byte) error {
	if err := disk.Put(path, append(text, '\n'), disk.Own{Perm: 0o600, Synced: true}); err != nil {
		return err
	}
	s.pass("base-kept")
	return disk.SyncDir(s.dir)
}

func (s *Store) pass(point string) {
	if s.At != nil {
		s.At(point)
	}
}
