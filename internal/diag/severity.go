package diag

import "slices"

// Off is the severity of what is not told.
const Off Severity = "off"

// Known tells whether there is a code of that name.
func Known(name string) bool {
	_, found := slices.BinarySearchFunc(codes, name, func(c Code, name string) int {
		switch {
		case c.Name < name:
			return -1
		case c.Name > name:
			return 1
		}
		return 0
	})
	return found
}

// Names returns the names of all codes, in the order of the alphabet.
func Names() []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = c.Name
	}
	return out
}

// Weigh gives the diagnostics of l the severities that are set for their codes, and leaves out those that are off.
// An error stays one, whatever is set: the plan cannot be run.
func (l List) Weigh(severities map[string]Severity) List {
	if len(severities) == 0 {
		return l
	}
	return slices.DeleteFunc(l, func(d Diagnostic) bool { return d.Severity != Error && severities[d.Code] == Off }).weighed(severities)
}

func (l List) weighed(severities map[string]Severity) List {
	for i, d := range l {
		if s, ok := severities[d.Code]; ok && d.Severity != Error {
			l[i].Severity = s
		}
	}
	return l
}
