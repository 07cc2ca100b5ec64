package steps

import (
	"regexp"
	"strings"
	"sync"
)

// unstable is what differs from one look to the next while the world stays the same, or holds names that nobody chose.
// Kubernetes makes suffixes of an alphabet without vowels, k8s.io/apimachinery/pkg/util/rand.
var unstable = sync.OnceValue(func() []pattern {
	return []pattern{
		{regexp.MustCompile(`\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?( ?(Z|UTC|[+-]\d\d:?\d\d))?`), ""},
		{regexp.MustCompile(`\b\d\d:\d\d:\d\d([.,]\d+)?\b`), ""},
		{regexp.MustCompile(`( in)? pod[ =][^ ]+_[^ ]+\([^ )]*\)`), ""}, // the kubelet's name for a pod
		{regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`), "…"},
		{regexp.MustCompile(`\b0x[0-9a-f]{6,}\b`), "0x…"},
		{regexp.MustCompile(`\b([Bb]ack-off) (\d+h)?(\d+m)?\d+s `), "$1 "},
		{regexp.MustCompile(`-[bcdfghjklmnpqrstvwxz2456789]{8,10}-([bcdfghjklmnpqrstvwxz2456789]{5}\b|\B)`), "-…"},
		{regexp.MustCompile(`-[bcdfghjklmnpqrstvwxz2456789]*[2456789][bcdfghjklmnpqrstvwxz2456789]*\b`), hashed},
		{regexp.MustCompile(`\b[IWEF]\d{4} +\d+ `), ""}, // klog's head, its time of day gone
	}
})

type pattern struct {
	re   *regexp.Regexp
	with string
}

// hashed marks the pattern whose matches are replaced only where they are as long as a template's hash.
const hashed = "-…?"

// stable returns a text from the cluster in one line, without what changes by itself: times, hashes, unique ids.
func stable(s string) string {
	for _, u := range unstable() {
		if u.with != hashed {
			s = u.re.ReplaceAllString(s, u.with)
			continue
		}
		s = u.re.ReplaceAllStringFunc(s, func(m string) string {
			if n := len(m) - 1; n >= 8 && n <= 10 {
				return "-…"
			}
			return m
		})
	}
	return strings.Join(strings.Fields(s), " ")
}

// stableFor also replaces the generated name, the address and the uid of an object.
func stableFor(o Object, s string) string {
	if name := objString(o, "metadata", "name"); name != "" {
		s = strings.ReplaceAll(s, name, chosenName(o))
	}
	for _, volatile := range []string{objString(o, "status", "podIP"), objString(o, "metadata", "uid")} {
		if volatile != "" {
			s = strings.ReplaceAll(s, volatile, "…")
		}
	}
	return stable(s)
}
