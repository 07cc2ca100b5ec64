package hub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Body is the fields of a body, in the one form in which bodies are kept and compared: no empty field, no field that
// the kind does not have.
type Body struct {
	Kind   Kind
	fields map[string]json.RawMessage
}

// Fields reads the body of a kind.
func Fields(kind Kind, text []byte) (Body, error) {
	b := Body{Kind: kind}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	shape := newBody(kind)
	if shape == nil {
		return b, errors.New("no kind " + string(kind))
	}
	if err := dec.Decode(shape); err != nil {
		return b, Refuse(CodeInvalid, "the body of a %s cannot be read", kind)
	}
	clean, err := json.Marshal(shape)
	if err != nil {
		return b, Refuse(CodeInvalid, "the body of a %s cannot be written", kind)
	}
	return b, json.Unmarshal(clean, &b.fields)
}

// Lenient reads the body of a kind as another program wrote it: fields that this one does not know are left out.
func Lenient(kind Kind, text []byte) (Body, error) {
	shape := newBody(kind)
	if shape == nil {
		return Body{}, errors.New("no kind " + string(kind))
	}
	if err := json.Unmarshal(text, shape); err != nil {
		return Body{}, fmt.Errorf("the body of a %s cannot be read", kind)
	}
	return BodyOf(kind, shape)
}

// BodyOf makes the body of a kind out of its struct.
func BodyOf(kind Kind, v any) (Body, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return Body{}, err
	}
	return Fields(kind, text)
}

func newBody(kind Kind) any {
	switch kind {
	case KindWorkstream:
		return &Workstream{}
	case KindTask:
		return &Task{}
	case KindDecision:
		return &Decision{}
	case KindVerdict:
		return &Verdict{}
	case KindEvent:
		return &Event{}
	case KindMessage:
		return &Message{}
	case KindReceipt:
		return &Receipt{}
	case KindLease:
		return &Lease{}
	}
	return nil
}

// Text is the body as JSON, always the same for the same fields.
func (b Body) Text() json.RawMessage {
	text, _ := json.Marshal(b.fields) // made of JSON
	return text
}

// Merge returns the body with the fields of a patch in place of its own.
func (b Body) Merge(patch []byte) (Body, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(patch, &fields); err != nil {
		return b, Refuse(CodeInvalid, "the fields that change cannot be read")
	}
	out := maps.Clone(b.fields)
	maps.Copy(out, fields)
	text, err := json.Marshal(out)
	if err != nil {
		return b, err
	}
	return Fields(b.Kind, text)
}

// Differ names the fields that two bodies do not have in common, sorted.
func (b Body) Differ(other Body) []string {
	names := map[string]bool{}
	for name, value := range b.fields {
		if !bytes.Equal(value, other.fields[name]) {
			names[name] = true
		}
	}
	for name := range other.fields {
		if _, ok := b.fields[name]; !ok {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// String is a field that holds text, "" where there is none.
func (b Body) String(name string) string {
	var s string
	_ = json.Unmarshal(b.fields[name], &s) // a field of another type is no text
	return s
}

// Value is a field as JSON, "" where there is none.
func (b Body) Value(name string) string { return string(b.fields[name]) }

// Clone is the body with fields of its own.
func (b Body) Clone() Body { return Body{Kind: b.Kind, fields: maps.Clone(b.fields)} }

// Set writes a field.
func (b Body) Set(name string, value any) {
	text, err := json.Marshal(value)
	if err == nil {
		b.fields[name] = text
	}
}

// Fixed says whether a field of a kind stays what it was made with.
func Fixed(kind Kind, field string) bool {
	switch kind {
	case KindWorkstream:
		return field == "repo" || field == "plan"
	case KindTask, KindDecision:
		return field == "key"
	}
	return true
}

// Has says whether the body has a field that is not empty.
func (b Body) Has(name string) bool { return len(b.fields[name]) > 0 }

// Drop takes fields away.
func (b Body) Drop(names ...string) {
	for _, name := range names {
		delete(b.fields, name)
	}
}

// Into reads the body into a struct of its kind.
func (b Body) Into(v any) error { return json.Unmarshal(b.Text(), v) }
