package workplan

import "strings"

// title is a heading less the task's id and the dash behind it. The id may be marked: as code, strong, struck out, in
// brackets, or as a link; and so may the heading as a whole.
func title(heading string, t *Task) string {
	for _, id := range []string{t.ID.Text, t.Short} {
		if id == "" {
			continue
		}
		for _, h := range []string{heading, unmarked(heading)} {
			if rest, ok := behindID(h, id); ok {
				return rest
			}
		}
	}
	return heading
}

// behindID returns what follows an id and its dash at the beginning of a heading.
func behindID(heading, id string) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(heading, id); !ok {
		rest, ok = behindMarkedID(heading, id, mostMarks)
		if !ok {
			return "", false
		}
	} else if rest != "" && isID(rest[:1]) && !strings.HasPrefix(rest, "-") && !strings.HasPrefix(rest, ". ") {
		return "", false
	}
	bare := strings.TrimSpace(rest)
	for _, dash := range []string{"—", "–", "-", ":", ". "} {
		if s, ok := strings.CutPrefix(bare, dash); ok {
			return strings.TrimSpace(s), true
		}
	}
	return bare, rest == "" || rest != bare
}

// marks are what may stand before and behind an id.
var marks = [][2]string{{"`", "`"}, {"**", "**"}, {"__", "__"}, {"~~", "~~"}, {"*", "*"}, {"_", "_"}, {"[", "]"}, {"(", ")"}}

// mostMarks is how many marks may stand before an id: a row of them can be read in many ways.
const mostMarks = 4

// behindMarkedID returns what follows an id between marks, of which there are no more than most; of a link also its
// target is left out.
func behindMarkedID(heading, id string, most int) (rest string, ok bool) {
	if most == 0 {
		return "", false
	}
	for _, m := range marks {
		inner, ok := strings.CutPrefix(heading, m[0])
		if !ok {
			continue
		}
		rest, ok := strings.CutPrefix(inner, id)
		if !ok {
			if rest, ok = behindMarkedID(inner, id, most-1); !ok {
				continue
			}
		}
		if rest, ok = strings.CutPrefix(rest, m[1]); !ok {
			continue
		}
		if m[1] == "]" {
			return behindTarget(rest)
		}
		return rest, true
	}
	return "", false
}

// behindTarget returns what follows the target of a link, if one stands there.
func behindTarget(s string) (rest string, ok bool) {
	ends := map[string]byte{"(": ')', "[": ']'}
	if s == "" || ends[s[:1]] == 0 {
		return s, true
	}
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case s[0]:
			depth++
		case ends[s[:1]]:
			if depth--; depth == 0 {
				return s[i+1:], true
			}
		}
	}
	return "", false
}

// unmarked returns a heading that is strong or a link as a whole without its marks; else as it is.
func unmarked(heading string) string {
	for _, m := range []string{"**", "__"} {
		inner, ok := strings.CutPrefix(heading, m)
		if inner, ok2 := strings.CutSuffix(inner, m); ok && ok2 && !strings.Contains(inner, m) {
			return inner
		}
	}
	if text, ok := strings.CutPrefix(heading, "["); ok {
		if text, target, ok := strings.Cut(text, "]("); ok && !strings.Contains(text, "[") {
			if rest, ok := behindTarget("(" + target); ok && rest == "" {
				return text
			}
		}
	}
	return heading
}
