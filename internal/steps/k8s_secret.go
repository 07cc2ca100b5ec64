package steps

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// lastApplied is where kubectl apply keeps what it was given, values of Secrets included.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// veil returns what of an object may be seen: all, or of a Secret its metadata, type, keys and the length of each
// value. Each value but those of open keys is named to secret, as it is and in base64.
func veil(o Object, secret func(string)) Object {
	if objString(o, "kind") != "Secret" {
		return o
	}
	if secret == nil {
		secret = func(string) {}
	}
	out := maps.Clone(o)
	delete(out, "stringData")
	if data := objMap(o, "data"); data != nil {
		lengths := make(map[string]any, len(data))
		open := openKeys(o)
		for key, value := range data {
			told := secret
			if open[key] {
				told = func(string) {}
			}
			lengths[key] = map[string]any{"length": tell(value, told)}
		}
		out["data"] = lengths
	}
	if applied := objString(o, "metadata", "annotations", lastApplied); applied != "" {
		tellApplied(applied, secret)
		meta := maps.Clone(objMap(o, "metadata"))
		annotations := maps.Clone(objMap(meta, "annotations"))
		delete(annotations, lastApplied)
		meta["annotations"] = annotations
		out["metadata"] = meta
	}
	return out
}

// tell names a value of data to secret, and returns its length.
func tell(value any, secret func(string)) int64 {
	encoded, _ := value.(string)
	plain := decoded(encoded)
	for _, s := range []string{plain, strings.TrimSpace(plain), encoded} {
		if s != "" {
			secret(s)
		}
	}
	return int64(len(plain))
}

// decoded is a value of data as it is meant; what is no base64 is taken as it is.
func decoded(encoded string) string {
	plain, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return encoded
	}
	return string(plain)
}

func tellApplied(applied string, secret func(string)) {
	secret(applied)
	var o map[string]any
	if json.Unmarshal([]byte(applied), &o) != nil {
		return
	}
	open := openKeys(o)
	for key, v := range objMap(o, "data") {
		if !open[key] {
			tell(v, secret)
		}
	}
	for key, v := range objMap(o, "stringData") {
		if s, _ := v.(string); s != "" && !open[key] {
			secret(s)
			secret(base64.StdEncoding.EncodeToString([]byte(s)))
		}
	}
}

func secretHeadline(o Object) string {
	keys := slices.Sorted(maps.Keys(objMap(o, "data")))
	s := "of type " + objString(o, "type")
	if len(keys) == 0 {
		return s + ", without keys"
	}
	return fmt.Sprintf("%s, keys %s", s, boundedBy(", ", keys))
}
