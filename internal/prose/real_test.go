package prose

import (
	"os"
	"testing"
)

// TestRealPlans reads the two plans that the format comes from.
func TestRealPlans(t *testing.T) {
	for name, want := range map[string]string{
		"RAILIANCE-WP-0002.md": `
			T03 needs T01
			T04 needs T01
			T06 needs T01
			T04 needs D-01
			T04 needs RAILIANCE-WP-0003
			T05 needs T02
			T05 needs T03
			T05 needs T04
			T06 needs T05`,
		"RAILIANCE-WP-0004.md": "order: independent",
	} {
		t.Run(name, func(t *testing.T) {
			shared := os.Getenv("WPCTL_SHARED")
			if shared == "" {
				shared = "../../../shared"
			}
			path := shared + "/inputs/" + name
			if _, err := os.Stat(path); err != nil {
				t.Skip("the real plans are not here")
			}
			if s := compare(t, parse(t, path), want); s.right != s.there {
				t.Errorf("%d of %d edges", s.right, s.there)
			}
		})
	}
}
