package policy

import (
	"slices"
	"strings"
	"sync"
)

// Mask stands in the place of a secret.
const Mask = "•••"

// minSecret is how many bytes a value must have to be looked for. A shorter one is a word like any other: taking it
// out of every text would spoil the texts, and show by the holes what it is.
const minSecret = 4

// Redactor takes secrets out of texts: the values that it was told, however they are encoded, and what has the
// shape of a token, a private key or a password in a URL. The zero value knows the shapes. It is safe for
// concurrent use.
//
// A value is found as it is, line by line, in base64 (also as a part of something longer), in hexadecimal, escaped
// for URLs, JSON, Go, YAML, HTML and the shell. It is not found where it is cut up, compressed, or encoded twice
// in other ways.
type Redactor struct {
	mu      sync.RWMutex
	values  map[string]bool
	buckets map[uint32][]string // the forms of the values by their first four bytes, longest first
	starts  map[string]bool     // their first one, two and three bytes
	filter  *filter             // nil: that of the shapes alone
}

// Add makes a value a secret from now on.
func (r *Redactor) Add(value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.values[value] || len(value) < minSecret {
		return
	}
	if r.values == nil {
		r.values, r.buckets, r.starts = map[string]bool{}, map[uint32][]string{}, map[string]bool{}
		f := *shapeFilter()
		r.filter = &f
	}
	r.values[value] = true
	for form := range forms(value) {
		r.look(form)
	}
}

// look adds one text to look for.
func (r *Redactor) look(form string) {
	if len(form) < minSecret || strings.Trim(form, "•") == "" {
		return
	}
	key := first4(form)
	bucket := r.buckets[key]
	i, there := slices.BinarySearchFunc(bucket, form, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	if there {
		return
	}
	r.buckets[key] = slices.Insert(bucket, i, form)
	r.filter.add(key)
	for n := 1; n < 4; n++ {
		r.starts[form[:n]] = true
	}
}

// String returns s without secrets. It is s itself where there are none.
func (r *Redactor) String(s string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !r.mayHold(s) {
		return s
	}
	out, _, _ := r.scan(nil, s, 0, true)
	return string(out)
}

// Bytes returns b without secrets. It is b itself where there are none.
func (r *Redactor) Bytes(b []byte) []byte {
	s := string(b)
	if out := r.String(s); len(out) != len(s) || out != s {
		return []byte(out)
	}
	return b
}

// mayHold tells, quickly, whether s has a place where a secret could begin.
func (r *Redactor) mayHold(s string) bool {
	for i := r.current().next(s, 0); i+minSecret <= len(s); i = r.current().next(s, i+1) {
		if _, n, _ := r.at(s[i:], true); n > 0 {
			return true
		}
	}
	return false
}

func (r *Redactor) current() *filter {
	if r.filter == nil {
		return shapeFilter()
	}
	return r.filter
}
