package workplan

import (
	"bytes"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// conflictIn finds the first merge conflict that git left in a file: a line of each of its three marks, in their order.
// What stands between them is of two texts, and no plan.
func conflictIn(f *text.File) (diag.Diagnostic, bool) {
	from, ok := lineWith(f.Src, 0, "<<<<<<< ")
	if !ok {
		return diag.Diagnostic{}, false
	}
	middle, ok := lineWith(f.Src, from, "=======")
	for ok && len(bytes.TrimRight(f.Src[middle:f.LineSpan(f.Pos(middle).Line).End], "\r\n")) > len("=======") { // a heading
		middle, ok = lineWith(f.Src, middle+1, "=======")
	}
	if !ok {
		return diag.Diagnostic{}, false
	}
	to, ok := lineWith(f.Src, middle, ">>>>>>> ")
	if !ok {
		return diag.Diagnostic{}, false
	}
	d := diag.Diagnostic{Pos: f.Pos(from), Severity: diag.Error, Code: "merge-conflict", Message: "a merge conflict is not resolved", Hint: "resolve it with git; an example of one is indented"}
	d.Related = []diag.Related{{Pos: f.Pos(to), Message: "it ends here"}}
	return d, true
}

// lineWith finds the first line from an offset on that begins so.
func lineWith(src []byte, from int, begin string) (int, bool) {
	if from == 0 && bytes.HasPrefix(src, []byte(begin)) {
		return 0, true
	}
	i := bytes.Index(src[from:], []byte("\n"+begin))
	return from + i + 1, i >= 0
}
