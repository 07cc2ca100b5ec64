package sign

import (
	"slices"
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
