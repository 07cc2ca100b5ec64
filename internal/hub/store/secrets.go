package store

import (
	"encoding/json"
	"maps"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
)

// clockSet is what the hub does to a lease by itself where its clock was set back.
const clockSet hub.Verb = "clock"

// shapes knows how secrets look. It is the same redactor that stands before all that wpctl sends: what went through
// it is never refused.
var shapes policy.Redactor

// secretless refuses a body with what looks like a secret: nobody would find all the places where it is then kept.
func secretless(op hub.Operation) error {
	if len(op.Body) == 0 {
		return nil
	}
	var body any
	if err := json.Unmarshal(op.Body, &body); err != nil {
		return hub.Refuse(hub.CodeInvalid, "the body of a %s cannot be read", op.Kind)
	}
	if path, found := secretIn(body, "body"); found {
		p := hub.Refuse(hub.CodeSecret, "the body holds what looks like a secret, and the hub keeps none: take it out, or mask it")
		p.Errors = []hub.Fault{{Path: path, Message: "looks like a secret"}}
		return p
	}
	return nil
}

// secretIn finds the first text that looks like a secret; its path names no key that is the client's own word.
func secretIn(v any, path string) (string, bool) {
	switch v := v.(type) {
	case string:
		return path, shapes.String(v) != v
	case []any:
		for _, item := range v {
			if at, found := secretIn(item, path); found {
				return at, true
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if shapes.String(key) != key {
				return path, true
			}
			below := path
			if path == "body" { // one of the kind's fields
				below += "." + key
			}
			if at, found := secretIn(v[key], below); found {
				return at, true
			}
			if text, ok := v[key].(string); ok { // such as "token": "…"
				if pair := key + ": " + text; shapes.String(pair) != pair {
					return below, true
				}
			}
		}
	}
	return "", false
}
