package strict

import (
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

func TestProblems(t *testing.T) {
	const keys = "deep, far, name, run, on, port, small, ratio, wait, words, codes, items, refs, one, opt, optItem, labels, each, any, raw, status, stati, level, levels"
	for _, c := range []struct{ GoCase, src, want string }{
		{"an unknown key", "nmae: x", `1:1 unknown-key: no key "nmae" here [did you mean "name"?]`},
		{"a key like no other", "q: x", `1:1 unknown-key: no key "q" here [known keys: ` + keys + `]`},
		{"a key twice", "name: a\nname: b\nname: c", "2:1 duplicate-key: the key \"name\" stands twice\n3:1 duplicate-key: the key \"name\" stands twice"},
		{"a key twice in a map", "labels: {a: 1, 'a': 2}", `1:16 duplicate-key: the key "a" stands twice`},
		{"a merge key", "<<: {name: a}", `1:1 merge-key: merge keys (<<) are not supported [write the keys out]`},
		{"a merge key in anything", "any: {<<: {a: 1}}", `1:7 merge-key: merge keys (<<) are not supported [write the keys out]`},
		{"a key that is null", "labels: {~: x}", `1:10 wrong-type: wanted a key, found nothing [write a name before the colon, or put it in quotes]`},
		{"a key that is a list", "? [a]\n: x", `1:3 wrong-type: wanted a key, found a list [put the key in quotes]`},
		{"braces that should be text", "name: {{ x }}", `1:7 wrong-type: wanted a string, found a mapping [if it is one text, put it in quotes]`},
		{"a colon that should be text", "name:\n  a b: c", `2:3 wrong-type: wanted a string, found a mapping [if it is one text, write "a b: c"]`},
		{"null for a string", "name: ~", `1:7 wrong-type: wanted a string, found nothing [leave the key out, or write a value]`},
		{"nothing for a string", "name:", `1:6 wrong-type: wanted a string, found nothing [leave the key out, or write a value]`},
		{"null in a list", "words: [a, ~]", `1:12 wrong-type: wanted a string, found nothing [leave the key out, or write a value]`},
		{"a list for a string", "name: [a]", `1:7 wrong-type: wanted a string, found a list`},
		{"yes for true", "on: yes", `1:5 wrong-type: wanted true or false, found "yes" [write true]`},
		{"quotes around true", "on: 'true'", `1:5 wrong-type: wanted true or false, found "true" [remove the quotes]`},
		{"quotes around a number", `port: "80"`, `1:7 wrong-type: wanted a whole number, found "80" [remove the quotes]`},
		{"a folded number", "port: >-\n  80", `1:7 wrong-type: wanted a whole number, found "80" [remove the quotes]`},
		{"a number tagged as text", "port: !!str 80", `1:7 wrong-type: wanted a whole number, found "80" [remove the quotes]`},
		{"quotes around a fraction", `ratio: "1.5"`, `1:8 wrong-type: wanted a number, found "1.5" [remove the quotes]`},
		{"a leading zero", "port: 010", `1:7 wrong-type: wanted a whole number, found "010" [write 10]`},
		{"underscores", "port: 1_000", `1:7 wrong-type: wanted a whole number, found "1_000" [write 1000]`},
		{"a fraction for a whole number", "port: 1.5", `1:7 wrong-type: wanted a whole number, found "1.5"`},
		{"a number that is too large", "port: 99999999999999999999", `1:7 bad-value: the number "99999999999999999999" is too large`},
		{"a number too large for its type", "small: 256", `1:8 bad-value: the number "256" is too large`},
		{"a negative number for a size", "small: -1", `1:8 bad-value: the number cannot be negative: -1`},
		{"no number", "ratio: .nan", `1:8 wrong-type: wanted a number, found ".nan"`},
		{"a duration without a unit", "wait: 30", `1:7 wrong-type: wanted a duration such as 30s, 5m, 1h30m or 90d, found "30" [did you mean "30s"?]`},
		{"a duration of weeks", "wait: 1w", `1:7 wrong-type: wanted a duration such as 30s, 5m, 1h30m or 90d, found "1w" [did you mean "7d"?]`},
		{"a unit written out", "wait: 5 minutes", `1:7 wrong-type: wanted a duration such as 30s, 5m, 1h30m or 90d, found "5 minutes" [did you mean "5m"?]`},
		{"a negative duration", "wait: -1s", `1:7 bad-value: a duration cannot be negative: -1s`},
		{"negative days", "wait: -1d", `1:7 bad-value: a duration cannot be negative: -1d`},
		{"no duration", "wait: NaN", `1:7 wrong-type: wanted a duration such as 30s, 5m, 1h30m or 90d, found "NaN"`},
		{"too many days", "wait: 9999999999d", `1:7 wrong-type: wanted a duration such as 30s, 5m, 1h30m or 90d, found "9999999999d"`},
		{"null for a list", "words:", `1:7 wrong-type: wanted a list, found nothing`},
		{"a mapping for a list of strings", "words: {a: 1}", `1:8 wrong-type: wanted a list, found a mapping`},
		{"a list for a map", "labels: [a]", `1:9 wrong-type: wanted a mapping of keys to values, found a list [give each item a name: {name: value}]`},
		{"a string for a struct", "one: x", `1:6 wrong-type: wanted a mapping with the keys to, level, found "x"`},
		{"a missing key", "one: {}", `1:6 missing-key: the key "to" is missing [where to]`},
		{"a value outside of a choice", "level: lwo", `1:8 bad-value: "lwo" is no value of level [did you mean "low"?]`},
		{"a value nothing like a choice", "level: x", `1:8 bad-value: "x" is no value of level [one of low, high]`},
		{"one of a list outside of a choice", "levels: [low, hihg]", `1:15 bad-value: "hihg" is no value of levels [did you mean "high"?]`},
		{"an alias outside of a choice", "{name: &a lwo, level: *a}", `1:8 bad-value: "lwo" is no value of level [did you mean "low"?]`},
		{"null for a choice, told once", "level: ~", `1:8 wrong-type: wanted a string, found nothing [leave the key out, or write a value]`},
		{"what decodes itself refuses", "status: bad", `1:9 bad-value: no status: "bad"`},
		{"long text is cut between letters", "port: " + strings.Repeat("ä", 30), `1:7 wrong-type: wanted a whole number, found "` + strings.Repeat("ä", 20) + `"…`},
		{"a mistake behind an alias is told once", "refs: [&a {too: x}, *a, *a]", "1:12 unknown-key: no key \"too\" here [did you mean \"to\"?]\n1:8 missing-key: the key \"to\" is missing [where to]"},
		{"all in the order of the document", "q-q-q-q-q-q: 1\non: 1\nport: x", "1:1 unknown-key: no key \"q-q-q-q-q-q\" here [known keys: " + keys + "]\n2:5 wrong-type: wanted true or false, found \"1\"\n3:7 wrong-type: wanted a whole number, found \"x\""},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			if got := told(Decode(parse(t, c.src), &args{}, Options{})); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestNodesWithoutAPlace(t *testing.T) {
	text := func(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }
	var got args
	n := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{text("port"), text("80"), text("on"), text("true"), text("wait"), text("1m")}}
	if ps := Decode(n, &got, Options{}); len(ps) > 0 || got.Port != 80 || !got.On || got.Wait != time.Minute {
		t.Errorf("what a flag says is decoded by its field: %+v, %s", got, told(ps))
	}
	for _, n := range []*yaml.Node{nil, {}, {Kind: yaml.DocumentNode}, {Kind: yaml.AliasNode}} {
		if ps := Decode(n, &args{}, Options{}); len(ps) != 1 || ps[0].Node == nil || ps[0].Code != "wrong-type" {
			t.Errorf("%+v: %+v", n, ps)
		}
	}
}

// bomb is a document in which each of levels holds ten of the one before.
func bomb(levels int) string {
	s := "a0: &a0 [x]\n"
	for i := 1; i <= levels; i++ {
		n := string(rune('0' + i))
		s += "a" + n + ": &a" + n + " [" + strings.Repeat("*a"+string(rune('0'+i-1))+", ", 10) + "]\n"
	}
	return s
}

func TestBounds(t *testing.T) {
	type recursive struct {
		Self *recursive `yaml:"self"`
	}
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	for _, c := range []struct {
		GoCase, src string
		into        any
		want        string
	}{
		{"an alias bomb into anything", bomb(9), new(any), "more than 100000 values"},
		{"an alias bomb into nodes", bomb(9), new(map[string]*yaml.Node), "more than 100000 values"},
		{"an alias bomb into lists", bomb(5), new(map[string][][][][][][]string), "more than 100000 values"},
		{"an alias that contains itself", "&a [*a]", new(any), "more than 100 levels"},
		{"an alias that contains itself twice", "&a [*a, *a]", new(any), "more than 100 levels"},
		{"an alias that contains itself in a node", "a: &a {b: *a}", new(map[string]*yaml.Node), "more than 100 levels"},
		{"an alias that contains itself in a struct", "&a {self: *a}", new(recursive), "more than 100 levels"},
		{"an alias that contains itself in a choice", "levels: &a [*a]", new(args), "wanted a string, found a list"},
		{"what decodes itself", "status: &a [*a]", new(args), "more than 100 levels"},
		{"deep nesting", deep, new(any), "more than 100 levels"},
		{"deep nesting in a node", "raw: " + deep, new(args), "more than 100 levels"},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			began := time.Now()
			ps := Decode(parse(t, c.src), c.into, Options{})
			if len(ps) == 0 || len(ps) > 2 || !strings.Contains(ps[len(ps)-1].Message, c.want) {
				t.Errorf("got %s", told(ps))
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}
