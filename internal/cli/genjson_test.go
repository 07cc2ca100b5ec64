package cli

import (
	"reflect"
	"testing"
)

// TestEachJSONKeyIsExplained finds keys of documents of which nothing says what they are.
func TestEachJSONKeyIsExplained(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var look func(of reflect.Type)
	look = func(of reflect.Type) {
		if of, _ = held(of, ""); !isObject(of) || seen[of] {
			return
		}
		seen[of] = true
		for _, f := range jsonFields(of) {
			if f.Tag.Get("doc") == "" {
				t.Errorf("%s: %s has no doc tag", of, f.name)
			}
			look(f.Type)
		}
	}
	for _, d := range documentTypes() {
		look(d.Type)
	}
	if len(seen) < 40 {
		t.Errorf("%d objects were seen", len(seen))
	}
}
