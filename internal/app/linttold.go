package app

import (
	"cmp"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// all goes through what is told: file by file, and then what could not be read; where something was found between files, or
// is suppressed, all by their names.
func (l *linter) all(yield func(diag.Diagnostic) bool) {
	for _, i := range l.order() {
		for _, d := range l.list(i) {
			if !yield(d) {
				return
			}
		}
	}
}

// list is what is told of one file, without what is suppressed, in the severities of the configuration.
func (l *linter) list(i int) diag.List {
	out := l.ignores[i].Apply(l.told.List(i))
	out.Sort()
	return out.Weigh(l.Config.Severities)
}

func (l *linter) order() []int {
	out := make([]int, l.told.Len())
	for i := range out {
		out[i] = i
	}
	if l.sorted {
		names := make([]string, len(out))
		for name, i := range l.named() {
			names[i] = name
		}
		slices.SortFunc(out, func(a, b int) int { return cmp.Compare(names[a], names[b]) })
	}
	return out
}

// tell tells of what was found between files, once all were read. It may lie in none of them.
func (l *linter) tell(list ...diag.Diagnostic) {
	for _, d := range list {
		places := l.named()
		i, ok := places[d.Pos.File]
		if !ok {
			i = max(l.told.Len(), len(l.files))
			places[d.Pos.File] = i
		}
		l.told.Add(i, diag.List{d})
	}
}

// named are the places of files in told, by the names in diagnostics.
func (l *linter) named() map[string]int {
	if l.places == nil {
		l.places = make(map[string]int, len(l.files))
		for i, path := range l.files {
			l.places[l.relative(path)] = i
		}
	}
	return l.places
}
