package sign

import (
	"fmt"
	"slices"
	"strings"
)

// Trusted are the public keys that count, by the names of those whose they are.
// A person may have several, and one key may go by several names. The zero value trusts nobody.
type Trusted struct{ entries []entry }

type entry struct {
	name string
	key  PublicKey
}

// With returns t and one more key.
func (t Trusted) With(name string, key PublicKey) Trusted {
	return Trusted{append(slices.Clone(t.entries), entry{name, key})}
}

// names returns the names of a key.
func (t Trusted) names(key PublicKey) map[string]bool {
	out := map[string]bool{}
	for _, e := range t.entries {
		if e.key.public.Equal(key.public) {
			out[e.name] = true
		}
	}
	return out
}

// ParseTrusted reads a list of keys, one in a line: a name and a key. Names may hold blanks.
// Empty lines, and those that begin with #, are passed over.
func ParseTrusted(src string) (Trusted, error) {
	var t Trusted
	n := 0
	for line := range strings.Lines(src) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, word := "", line
		if i := strings.LastIndexAny(line, " \t"); i >= 0 {
			name, word = strings.TrimSpace(line[:i]), line[i+1:]
		}
		key, err := ParsePublicKey(word)
		if err != nil {
			return Trusted{}, fmt.Errorf("line %d: %w", n, err)
		}
		if name == "" {
			return Trusted{}, fmt.Errorf("line %d: wanted a name before the key", n)
		}
		t = t.With(name, key)
	}
	return t, nil
}

// String writes the list as ParseTrusted reads it.
func (t Trusted) String() string {
	var b strings.Builder
	for _, e := range t.entries {
		fmt.Fprintf(&b, "%s %s\n", e.name, e.key)
	}
	return b.String()
}
