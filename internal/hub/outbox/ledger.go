package outbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// Kept are the fields of a record that its hub does not keep: they are not lost, and shown.
type Kept struct {
	Version    int                        `json:"version"`
	Hub        string                     `json:"hub"`
	Workstream string                     `json:"workstream"`
	Kind       hub.Kind                   `json:"kind"`
	ID         string                     `json:"id"`
	Name       string                     `json:"name"`
	At         time.Time                  `json:"at"`
	Fields     map[string]json.RawMessage `json:"fields"`
}

// Keep writes the fields of a delivery that its hub does not keep into the ledger, in place of what stood there.
func (b *Box) Keep(ctx context.Context, e Entry, fields []string) error {
	var body map[string]json.RawMessage
	if err := json.Unmarshal(e.Delivery.Body, &body); err != nil {
		return err
	}
	return b.locked(ctx, func() error { return b.keep(e, fields, body) })
}

func (b *Box) keep(e Entry, fields []string, body map[string]json.RawMessage) error {
	sum := sha256.Sum256([]byte(e.Hub + "\n" + e.Delivery.ID))
	path := filepath.Join(b.dir, ledger, hex.EncodeToString(sum[:16])+".json")
	k := Kept{Fields: map[string]json.RawMessage{}}
	if text, err := readFile(path); err == nil && json.Unmarshal(text, &k) == nil && k.Fields == nil {
		k.Fields = map[string]json.RawMessage{}
	}
	before := maps.Clone(k.Fields)
	for _, name := range fields {
		if value, ok := body[name]; ok {
			k.Fields[name] = value
		}
	}
	if len(k.Fields) == 0 || maps.EqualFunc(before, k.Fields, func(x, y json.RawMessage) bool { return bytes.Equal(x, y) }) {
		return nil
	}
	k.Version, k.Hub, k.Workstream, k.Kind, k.ID, k.Name, k.At = Version, e.Hub, e.Workstream, e.Delivery.Kind, e.Delivery.ID, e.Name, b.now().UTC()
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	aside, err := writeAside(b.dir, text)
	if err != nil {
		return err
	}
	if err := os.Rename(aside, path); err != nil {
		os.Remove(aside)
		return err
	}
	return disk.SyncDir(filepath.Dir(path))
}

// Ledger is all that hubs do not keep, by name.
func (b *Box) Ledger() ([]Kept, []error) {
	entries, err := os.ReadDir(filepath.Join(b.dir, ledger))
	if err != nil {
		return nil, []error{err}
	}
	var out []Kept
	var errs []error
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		path := filepath.Join(b.dir, ledger, e.Name())
		var k Kept
		text, err := readFile(path)
		if err == nil {
			err = json.Unmarshal(text, &k)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			errs = append(errs, &Damaged{path, err})
		default:
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(x, y Kept) int { return strings.Compare(x.Hub+x.Name+x.ID, y.Hub+y.Name+y.ID) })
	return out, errs
}

// harmless is a JSON text with the redactor's word for every text in it, names of fields included.
func (b *Box) harmless(text json.RawMessage) (json.RawMessage, error) {
	if b.Redact == nil {
		return text, nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(b.clean(v))
}

func (b *Box) clean(v any) any {
	switch v := v.(type) {
	case string:
		return b.redact(v)
	case []any:
		for i := range v {
			v[i] = b.clean(v[i])
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, value := range v {
			out[b.redact(name)] = b.clean(value)
		}
		return out
	}
	return v
}
