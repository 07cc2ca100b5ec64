package steps

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// runProblems tells of a command that no shell would run.
// Which shell /bin/sh is differs between machines, so a mistake is one that both POSIX's and bash's grammar see.
func runProblems(run string) []check.Problem {
	at := func(hint, format string, args ...any) []check.Problem {
		return []check.Problem{{Path: []any{"run"}, Message: fmt.Sprintf(format, args...), Hint: hint}}
	}
	switch {
	case strings.TrimSpace(run) == "":
		return at("", "the command is empty")
	case strings.Contains(run, "\x00"):
		return at("", "the command holds a NUL byte")
	}
	err := parseShell(run, syntax.LangPOSIX)
	if err == nil || parseShell(run, syntax.LangBash) == nil {
		return nil
	}
	var bad syntax.ParseError
	if errors.As(err, &bad) {
		return at(lineOf(run, int(bad.Pos.Line())), "the command is no shell: %d:%d: %s", bad.Pos.Line(), bad.Pos.Col(), bad.Text)
	}
	return at("", "the command is no shell: %v", err)
}

// onlyBash tells whether a command is bash's and not POSIX's.
func onlyBash(run string) bool {
	return parseShell(run, syntax.LangPOSIX) != nil && parseShell(run, syntax.LangBash) == nil
}

func parseShell(run string, lang syntax.LangVariant) error {
	_, err := syntax.NewParser(syntax.Variant(lang)).Parse(strings.NewReader(run), "")
	return err
}

func lineOf(text string, n int) string {
	lines := strings.Split(text, "\n")
	if len(lines) < 2 || n < 1 || n > len(lines) {
		return ""
	}
	return "in the line " + strings.TrimSpace(lines[n-1])
}

// envProblems tells of names and values that an environment cannot hold.
func envProblems(env map[string]string) (out []check.Problem) {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		switch {
		case !syntax.ValidName(name):
			out = append(out, check.Problem{Path: []any{"env", name}, Message: fmt.Sprintf("%q cannot be the name of a variable", name), Hint: "letters, digits and _"})
		case strings.Contains(env[name], "\x00"):
			out = append(out, check.Problem{Path: []any{"env", name}, Message: "the value holds a NUL byte"})
		}
	}
	return out
}
