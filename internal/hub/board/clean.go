package board

import (
	"encoding/json"
	"reflect"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// clean makes a text from outside fit to be shown: what reorders or hides other text is shown by its number, line ends
// and tabs stay. What HTML would take for itself the templates escape.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	if strings.Contains(s, "\x1b") {
		s = safe.Uncoloured(s)
	}
	plain := true
	for i := range len(s) {
		plain = plain && (s[i] >= ' ' && s[i] <= '~' || s[i] == '\n' || s[i] == '\t')
	}
	if plain {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '\n', '\t':
			b.WriteRune(r)
		case '\u2028', '\u2029', '\u0085':
			b.WriteByte('\n')
		default:
			b.WriteString(safe.Visible(r))
		}
	}
	return b.String()
}

// body reads the body of a record, with all its text clean: what pages show comes through here.
func body[T any](r hub.Record) T {
	var v T
	_ = json.Unmarshal(r.Body, &v) // the store wrote it
	scrub(reflect.ValueOf(&v).Elem())
	return v
}

func scrub(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(clean(v.String()))
	case reflect.Struct:
		if v.Type().PkgPath() == "time" {
			return
		}
		for i := range v.NumField() {
			scrub(v.Field(i))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // JSON, which is not shown
		}
		for i := range v.Len() {
			scrub(v.Index(i))
		}
	case reflect.Map:
		if v.Type().Elem().Kind() != reflect.String {
			return
		}
		for _, key := range v.MapKeys() {
			text := v.MapIndex(key).String()
			v.SetMapIndex(key, reflect.Value{})
			v.SetMapIndex(reflect.ValueOf(clean(key.String())), reflect.ValueOf(clean(text)))
		}
	}
}
