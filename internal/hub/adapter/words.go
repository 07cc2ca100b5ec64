package adapter

import (
	"reflect"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// words are the words for status, ours and theirs.
type words struct {
	there, here map[string]string
	known       []string // ours
	mapped      bool     // without a map both have the same words
}

// out is the hub's word for one of ours; ok is false where it has none.
func (w words) out(here string) (string, bool) {
	if !w.mapped {
		return here, true
	}
	there, ok := w.there[here]
	return there, ok
}

// in is our word for one of the hub's; "" where it stands for several of ours, ok is false where there is none.
func (w words) in(there string) (string, bool) {
	if w.mapped {
		here, ok := w.here[there]
		return here, ok
	}
	for _, k := range w.known {
		if k == there {
			return k, true
		}
	}
	return "", false
}

// lacking are those of ours that have no word there.
func (w words) lacking() []string {
	var out []string
	for _, k := range w.known {
		if _, ok := w.out(k); !ok {
			out = append(out, k)
		}
	}
	return out
}

func shapeOf(k hub.Kind) reflect.Type {
	switch k {
	case hub.KindWorkstream:
		return reflect.TypeFor[hub.Workstream]()
	case hub.KindTask:
		return reflect.TypeFor[hub.Task]()
	case hub.KindDecision:
		return reflect.TypeFor[hub.Decision]()
	case hub.KindVerdict:
		return reflect.TypeFor[hub.Verdict]()
	case hub.KindEvent:
		return reflect.TypeFor[hub.Event]()
	}
	return reflect.TypeFor[hub.Message]()
}

// fieldsOf are the fields of a kind by their names.
func fieldsOf(k hub.Kind) []string {
	var out []string
	for f := range shapeOf(k).Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		out = append(out, name)
	}
	return out
}

// statuses are our words for status of a kind.
func statuses(k hub.Kind) []string {
	f, ok := shapeOf(k).FieldByName("Status")
	if !ok {
		return nil
	}
	return strings.Split(f.Tag.Get("enum"), ",")
}
