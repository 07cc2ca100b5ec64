package cli

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// blocks are what explain knows beside kinds.
var blocks = []struct {
	name, doc string
	keys      reflect.Type
}{
	{"plan", "The front matter of a workplan.", reflect.TypeFor[workplan.FrontMatter]()},
	{"task", "A task block.", reflect.TypeFor[workplan.TaskKeys]()},
	{"decision", "A decision block.", reflect.TypeFor[workplan.DecisionKeys]()},
	{"step", "The keys that steps of all kinds have in common.", reflect.TypeFor[workplan.StepKeys]()},
	{"config", configDoc, reflect.TypeFor[config.Settings]()},
}

const configDoc = "The keys of .wpctl.yaml, and of config.yaml in your own configuration folder."

func (c *command) explain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [KIND[.FIELD]]",
		Short: "Explain kinds of step and their fields",
		Long: `Explain shows what a kind of step proves, its fields, what self is in its expressions, and an example.
Without an argument it lists all kinds. Beside kinds it knows plan, task, decision, step (the keys that all steps share) and config,
and the codes of diagnostics.`,
		Example: `  wpctl explain
  wpctl explain http
  wpctl explain http.request.headers
  wpctl explain task.verify.http
  wpctl explain step.within
  wpctl explain implied-need`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := c.style(c.Stdout)
			var path []string
			if len(args) > 0 {
				path = strings.Split(strings.TrimPrefix(args[0], "task.verify."), ".")
			}
			a, err := c.app(cmd)
			if err != nil { // what is no kind can be explained all the same: the code of what is wrong, or the keys of config
				if known, e := c.explainFixed(path, o); known {
					return e
				}
				return err
			}
			defer a.Close()
			if path == nil {
				return view.Kinds(c.Stdout, kindsOf(a), o)
			}
			return c.explainPath(a, path, o)
		},
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			a, err := c.app(cmd)
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			names := a.Kinds.Names()
			for _, b := range blocks {
				names = append(names, b.name)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func kindsOf(a *app.App) []check.Kind {
	var out []check.Kind
	for _, name := range a.Kinds.Names() {
		k, _ := a.Kinds.Kind(name)
		out = append(out, k)
	}
	return out
}

func (c *command) explainPath(a *app.App, path []string, o view.Options) error {
	if k, ok := a.Kinds.Kind(path[0]); ok {
		return view.Explain(c.Stdout, k, path[1:], o)
	}
	if known, err := c.explainFixed(path, o); known {
		return err
	}
	names := a.Kinds.Names()
	var keys []string
	for _, b := range blocks {
		names = append(names, b.name)
		if slices.ContainsFunc(strict.Fields(b.keys), func(f strict.Field) bool { return f.Name == path[0] }) {
			keys = append(keys, "`wpctl explain "+strings.Join(append([]string{b.name}, path...), ".")+"`")
		}
	}
	if len(keys) > 0 {
		return fmt.Errorf("no kind of step %q, but a key: %s", path[0], strings.Join(keys, ", "))
	}
	hint := diag.DidYouMean(path[0], append(names, diag.Names()...))
	if hint == "" {
		hint = "there are " + strings.Join(names, ", ")
	}
	return fmt.Errorf("no kind of step %q; %s", path[0], hint)
}

// explainFixed explains what is the same under every configuration: blocks, and codes of diagnostics.
func (c *command) explainFixed(path []string, o view.Options) (known bool, err error) {
	if len(path) == 0 {
		return false, nil
	}
	for _, b := range blocks {
		if b.name == path[0] {
			return true, view.ExplainKeys(c.Stdout, b.name, b.doc, b.keys, path[1:], o)
		}
	}
	if i := slices.Index(diag.Names(), path[0]); i >= 0 && len(path) == 1 {
		return true, c.explainCode(diag.Codes()[i])
	}
	return false, nil
}

// explainCode says what a code of diagnostics means, and how it is weighed and suppressed.
func (c *command) explainCode(code diag.Code) error {
	text := code.Name + "  " + code.Doc + "\n\n"
	if page := diag.Page(code.Name); page != "" {
		text += page + "\n"
	}
	if weights := code.Severities(); len(weights) > 0 {
		words := make([]string, len(weights))
		for i, w := range weights {
			words[i] = string(w)
		}
		text += fmt.Sprintf("weigh it     lint: {%s: %s} in .wpctl.yaml\n", code.Name, strings.Join(words, "|"))
	}
	if code.Of() == diag.OfPlans {
		text += fmt.Sprintf("suppress it  <!-- wpctl:ignore %s reason --> before a line or block\n", code.Name)
	}
	switch code.Of() {
	case diag.OfPlans:
		text += "An error is neither weighed nor suppressed.\n"
	case diag.OfFiles:
		text += "It is told of a file that is not read as a plan, so no suppression can stand there; an error is not weighed.\n"
	case diag.OfConfig:
		text += "It is told of the configuration, and is neither weighed nor suppressed.\n"
	}
	_, err := fmt.Fprint(c.Stdout, text)
	return err
}
