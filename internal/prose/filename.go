package prose

import (
	"bytes"
	"path"
	"strings"
)

// namesIn finds names of artefacts in a text: in what stands between backticks, and names of files elsewhere.
func namesIn(src []byte, yield func(string)) {
	for at := 0; at < len(src); {
		i := bytes.IndexByte(src[at:], '`')
		if i < 0 {
			filesIn(src[at:], yield)
			return
		}
		filesIn(src[at:at+i], yield)
		at += i + 1
		end := bytes.IndexByte(src[at:], '`')
		if end < 0 {
			return
		}
		if bytes.ContainsAny(src[at:at+end], "./_-") {
			for _, w := range strings.Fields(string(src[at : at+end])) {
				if name := nameOf(w); name != "" {
					yield(name)
				}
			}
		}
		at += end + 1
	}
}

// filesIn finds names of files among words.
func filesIn(src []byte, yield func(string)) {
	for at := 0; ; {
		i := bytes.IndexByte(src[at:], '.')
		if i < 0 {
			return
		}
		i += at
		at = i + 1
		if i == 0 || i+2 >= len(src) || kinds[src[i-1]] == other || kinds[src[i+1]] != letter {
			continue
		}
		from, to := i, i+1
		for from > 0 && (kinds[src[from-1]] != other || src[from-1] == '-' || src[from-1] == '_') {
			from--
		}
		for to < len(src) && (kinds[src[to]] != other || src[to] == '.' && to+1 < len(src) && kinds[src[to+1]] != other) {
			to++
		}
		at = to
		if w := string(src[from:to]); isFile(w) {
			yield(strings.ToLower(w))
		}
	}
}

// nameOf returns what a word between backticks names: of a file its last part, of other things that look made up all of it.
func nameOf(w string) string {
	w = strings.Trim(w, "@'\"=:,;()[]{}<>")
	if j := strings.LastIndexByte(w, '='); j >= 0 {
		w = w[j+1:]
	}
	w = strings.TrimLeft(w, "@.")
	if _, rest, ok := strings.Cut(w, "://"); ok { // of an address its host
		if w, _, _ = strings.Cut(rest, "/"); strings.Count(w, ".") == 0 {
			return ""
		}
	}
	switch {
	case len(w) < 3 || w[0] == '-' || strings.Contains(w, "://") || !strings.ContainsFunc(w, func(r rune) bool { return r < 0x80 && isLetter(byte(r)) }):
	case isFile(w):
		return strings.ToLower(path.Base(w))
	case (strings.ContainsAny(w, "/_-") || dotted(w)) && !strings.ContainsFunc(w, unnamed):
		return strings.Trim(w, "/")
	}
	return ""
}

// unnamed tells whether names are made without a letter.
func unnamed(r rune) bool {
	return r >= 0x80 || kinds[byte(r)] == other && r != '/' && r != '_' && r != '-' && r != '.'
}

// dotted tells whether a word is two names with a dot between: topic.raw.
func dotted(w string) bool {
	a, b, ok := strings.Cut(w, ".")
	return ok && len(a) > 1 && len(b) > 1 && isLetter(a[0]) && isLetter(b[0])
}

// isFile tells whether a word ends as names of files do.
func isFile(w string) bool {
	_, ext, ok := strings.Cut(path.Base(w), ".")
	if j := strings.LastIndexByte(ext, '.'); j >= 0 {
		ext = ext[j+1:]
	}
	return ok && len(w) > len(ext)+2 && suffixes.has(ext)
}
