package safe

import (
	"encoding/json"
	"testing"
)

func TestJSON(t *testing.T) {
	for _, s := range []string{"plain äöü 😀 \n\t\"", "a\u009b31m\x7f", "\u202egnp\u2066", "\U000e0041", "\ufffd\ufffe", "###[error]a##vso[b#["} {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		out := JSON(text)
		var back string
		if err := json.Unmarshal(out, &back); err != nil || back != s {
			t.Errorf("%q became %q: %v", s, back, err)
		}
		if NoCommand(string(out)) != string(out) {
			t.Errorf("%q is written as %s", s, out)
		}
		for _, r := range string(out) {
			if Visible(r) != string(r) {
				t.Errorf("%q is written as %s", s, out)
			}
		}
	}
}
