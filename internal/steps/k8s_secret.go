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

// openKeys are the keys of a Secret of type kubernetes.io/basic-auth that hold no secret: the user's name, and what
// operators of databases put beside it. A user is mostly called like the application, which has to be told of.
var openKeys = []string{"username", "user", "dbname", "host", "port"}

func isOpen(o Object, key string) bool {
	return objString(o, "type") == "kubernetes.io/basic-auth" && slices.Contains(openKeys, key)
}

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
		for key, value := range data {
			told := secret
			if isOpen(o, key) {
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
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		decoded = []byte(encoded)
	}
	plain := string(decoded)
	for _, s := range []string{plain, strings.TrimSpace(plain), encoded} {
		if s != "" {
			secret(s)
		}
	}
	return int64(len(decoded))
}

func tellApplied(applied string, secret func(string)) {
	secret(applied)
	var o map[string]any
	if json.Unmarshal([]byte(applied), &o) != nil {
		return
	}
	for key, v := range objMap(o, "data") {
		if !isOpen(o, key) {
			tell(v, secret)
		}
	}
	for key, v := range objMap(o, "stringData") {
		if s, _ := v.(string); s != "" && !isOpen(o, key) {
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
