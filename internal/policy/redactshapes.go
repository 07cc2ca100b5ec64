package policy

import (
	"strings"
	"sync"
)

// shape is a kind of secret that shows what it is by how it looks.
type shape struct {
	prefix string
	fold   bool // upper and lower case are one
	show   bool // the prefix is no part of the secret
	// match tells how the text after the prefix goes on: a secret of n bytes, of which the first keep may be shown,
	// or none where n is 0. Open: it looked at the end of the text, and more text could change the answer.
	match func(after string) (keep, n int, open bool)
}

// maxShape is how much of a stream is held back for a shape whose end has not come.
const maxShape = 16 << 10

// shapes are conservative: what is ordinary text in a plan, such as a commit, is none.
var shapes = []shape{
	{prefix: "eyJ", match: jwt},
	{prefix: "ghp_", match: atLeast(20, alnum)},
	{prefix: "gho_", match: atLeast(20, alnum)},
	{prefix: "ghu_", match: atLeast(20, alnum)},
	{prefix: "ghs_", match: atLeast(20, alnum)},
	{prefix: "ghr_", match: atLeast(20, alnum)},
	{prefix: "github_pat_", match: atLeast(20, alnum+"_")},
	{prefix: "glpat-", match: atLeast(20, alnum+"_-.")},
	{prefix: "gldt-", match: atLeast(20, alnum+"_-.")},
	{prefix: "glrt-", match: atLeast(20, alnum+"_-.")},
	{prefix: "glcbt-", match: atLeast(20, alnum+"_-.")},
	{prefix: "glptt-", match: atLeast(20, alnum+"_-.")},
	{prefix: "AKIA", match: exactly(16, upper+digits)},
	{prefix: "ASIA", match: exactly(16, upper+digits)},
	{prefix: "wph_", match: atLeast(20, alnum+"_")}, // our own hub's
	{prefix: "xoxb-", match: atLeast(10, alnum+"-")},
	{prefix: "xoxp-", match: atLeast(10, alnum+"-")},
	{prefix: "xoxa-", match: atLeast(10, alnum+"-")},
	{prefix: "AGE-SECRET-KEY-1", match: atLeast(20, upper+digits)},
	{prefix: "aws_secret_access_key", fold: true, show: true, match: named(exactly(40, alnum+"/+="))},
	{prefix: "token", fold: true, show: true, match: named(exactly(40, digits+"abcdef"))}, // Gitea's
	{prefix: "bearer", fold: true, show: true, match: bearer},
	{prefix: "authorization", fold: true, show: true, match: authorization},
	{prefix: "-----BEGIN ", match: privateKey},
	{prefix: "://", show: true, match: userinfo},
}

// shapeAt is Redactor.at for shapes.
func shapeAt(s string, final bool) (keep, n int, more bool) {
	if len(s) >= maxShape {
		s, final = s[:maxShape], true
	}
	for _, p := range shapesBy()[s[0]] {
		head := s[:min(len(s), len(p.prefix))]
		if head != p.prefix[:len(head)] && !(p.fold && strings.EqualFold(head, p.prefix[:len(head)])) {
			continue
		}
		if len(head) < len(p.prefix) {
			if !final {
				return 0, 0, true
			}
			continue
		}
		keep, n, open := p.match(s[len(head):])
		if open && !final {
			return 0, 0, true
		}
		if n > 0 && p.show {
			return keep + len(head), n + len(head), false
		}
		if n > 0 {
			return 0, n + len(head), false
		}
	}
	return 0, 0, false
}

// shapesBy are the shapes by their first byte.
var shapesBy = sync.OnceValue(func() *[256][]*shape {
	var out [256][]*shape
	for i := range shapes {
		for _, first := range spellings(shapes[i].prefix[:1], shapes[i].fold) {
			out[first[0]] = append(out[first[0]], &shapes[i])
		}
	}
	return &out
})

var shapeStarts = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, p := range shapes {
		for n := 1; n < 4; n++ {
			for _, s := range spellings(p.prefix[:min(n, len(p.prefix))], p.fold) {
				out[s] = true
			}
		}
	}
	return out
})

var shapeFilter = sync.OnceValue(func() *filter {
	f := new(filter)
	for _, p := range shapes {
		for _, s := range spellings(p.prefix[:min(4, len(p.prefix))], p.fold) {
			if len(s) == 4 {
				f.add(first4(s))
				continue
			}
			for c := range 256 { // a prefix of three bytes
				f.add(first4(s + string([]byte{byte(c)})))
			}
		}
	}
	return f
})

// spellings returns s, and with fold all ways of writing it in upper and lower case.
func spellings(s string, fold bool) []string {
	out := []string{""}
	for i := range len(s) {
		var next []string
		for _, head := range out {
			c := s[i : i+1]
			next = append(next, head+c)
			if other := strings.ToUpper(c); fold && other != c {
				next = append(next, head+other)
			}
		}
		out = next
	}
	return out
}
