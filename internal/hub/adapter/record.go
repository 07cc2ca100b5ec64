package adapter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/merge"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// record is a record of the hub in our words, and as the hub has it.
type record struct {
	item     hub.Item
	raw      any
	warnings []string
}

// page reads the records of an answer to list, and what asks for the next one.
func (a *Adapter) page(ctx context.Context, name hub.Kind, k *kind, workstream string, answer any) ([]record, string, error) {
	vars := expr.Vars{Self: answer, Now: a.now(), Plan: a.places(workstream)}
	list, err := eval(ctx, k.items, vars, answer)
	if err != nil && !errors.Is(err, expr.ErrMissing) {
		return nil, "", fmt.Errorf("items of the hub's %ss: %w", name, err)
	}
	items, ok := list.([]any)
	if !ok {
		return nil, "", fmt.Errorf("the hub's answer has no list of %ss in it, where `items` looks", name)
	}
	var out []record
	for _, item := range items {
		r, err := a.record(ctx, name, k, workstream, item)
		if err != nil {
			return nil, "", err
		}
		if r.item.ID != "" { // what is without an id of ours is none of ours
			out = append(out, r)
		}
	}
	next, err := eval(ctx, k.next, vars, nil)
	if err != nil && !errors.Is(err, expr.ErrMissing) {
		return nil, "", fmt.Errorf("next of the hub's %ss: %w", name, err)
	}
	switch expr.Text(next) {
	case "null", "", "0", "false":
		return out, "", nil
	}
	return out, expr.Text(next), nil
}

func eval(ctx context.Context, p *expr.Program, vars expr.Vars, without any) (any, error) {
	if p == nil {
		return without, nil
	}
	return p.Eval(ctx, vars)
}

// single is the record in an answer to read, create or update; nil where there is none.
func (a *Adapter) single(ctx context.Context, k *kind, workstream string, answer any) any {
	if answer == nil {
		return nil
	}
	out, err := eval(ctx, k.item, expr.Vars{Self: answer, Now: a.now(), Plan: a.places(workstream)}, answer)
	if err != nil {
		return nil
	}
	return out
}

// maxMeta bounds ids and names that a hub gives.
const maxMeta = 500

// record reads a record of the hub. What cannot be a field is left out, and told.
func (a *Adapter) record(ctx context.Context, name hub.Kind, k *kind, workstream string, raw any) (record, error) {
	r := record{raw: raw, item: hub.Item{Kind: name}}
	if _, ok := raw.(map[string]any); !ok {
		return r, &hub.Later{Err: fmt.Errorf("the hub's answer has something else where a %s is wanted", name)}
	}
	vars := expr.Vars{Self: raw, Now: a.now(), Plan: a.places(workstream)}
	told, fields := map[string]string{}, map[string]json.RawMessage{}
	for _, field := range slices.Sorted(maps.Keys(k.answer)) {
		value, err := k.answer[field].Eval(ctx, vars)
		switch {
		case ctx.Err() != nil:
			return r, context.Cause(ctx)
		case err != nil && !errors.Is(err, expr.ErrMissing):
			r.warn("%s of a %s of the hub: %v", field, name, err)
			continue
		case err != nil || value == nil:
			continue
		}
		if slices.Contains(meta, field) {
			if text := expr.Text(value); len(text) <= maxMeta {
				told[field] = text
			}
			continue
		}
		if field == "status" && len(k.words.known) > 0 {
			here, ok := k.words.in(expr.Text(value))
			if !ok {
				r.warn("%s: the hub says %q, and status_map has no word for it", name, bounded(expr.Text(value)))
			}
			if here == "" {
				continue
			}
			value = here
		}
		if text, ok := fits(name, field, value); ok {
			fields[field] = text
		} else {
			r.warn("%s of a %s of the hub does not fit: %s", field, name, bounded(expr.Text(value)))
		}
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return r, err
	}
	r.item.ID, r.item.Ref, r.item.Version, r.item.Body = told["id"], told["ref"], told["version"], text
	r.item.CreatedBy, r.item.UpdatedBy = told["created_by"], told["updated_by"]
	r.item.CreatedAt, r.item.UpdatedAt = moment(told["created_at"]), moment(told["updated_at"])
	if r.item.Version == "" {
		all, _ := json.Marshal(raw) // made of JSON
		sum := sha256.Sum256(all)
		r.item.Version = hex.EncodeToString(sum[:12])
	}
	return r, nil
}

func (r *record) warn(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}

// fits is a value as a field of a kind; a number may stand for a text.
func fits(name hub.Kind, field string, value any) (json.RawMessage, bool) {
	tries := []any{value}
	switch value.(type) {
	case int64, float64, bool:
		tries = append(tries, expr.Text(value))
	}
	for _, try := range tries {
		text, err := json.Marshal(try)
		if err != nil {
			continue
		}
		one, err := json.Marshal(map[string]json.RawMessage{field: text})
		if err != nil {
			continue
		}
		if _, err := hub.Lenient(name, one); err == nil {
			return text, true
		}
	}
	return nil, false
}

func moment(s string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, s) // a hub that tells no time is asked for none
	return t.UTC()
}

// bounded is what is told of a hub's value.
func bounded(s string) string { return safe.Cut(s, 60) }

// unread are fields of which the hub's word is not read: it does not tell them, or it could not be told ours.
func (k *kind) unread(name hub.Kind) []string {
	owners := map[string]merge.Owner{}
	for _, u := range merge.Units(name) {
		for _, f := range u.Fields {
			owners[f] = u.Owner
		}
	}
	var out []string
	for _, f := range fieldsOf(name) {
		switch {
		case k == nil || k.list == nil || k.answer[f] == nil:
			out = append(out, f)
		case !k.placed[f] && !k.placed[""] && owners[f] != merge.Hub:
			out = append(out, f)
		}
	}
	return out
}
