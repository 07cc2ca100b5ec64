package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/prose"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) lint() *cobra.Command {
	var req app.LintRequest
	var fix string
	var suggest bool
	cmd := &cobra.Command{
		Use:   "lint [PLAN...]",
		Short: "Tell all that is wrong in plans, each with its place",
		Long: `Lint reads plans and tells all that is wrong with them, with file, line and column.
It reads the text, too: needs that it implies, decisions without a block, claims that no step looks at.
Without arguments it reads all plans of the workspace. It looks at nothing else.
The exit code is 2 when there is an error, 3 when a plan or a folder cannot be read, else 0: warnings and
suggestions are told only.

With --fix it first writes what the text implies: "needs" into the blocks of tasks, "order" into the
front matter, a block for each "decision" whose text says all that is in it; "all" is all of these.
With --suggest-steps it prints, as a diff for git apply, verify steps for what "Done when" names.

What it tells can be weighed in the configuration (lint: {CODE: SEVERITY}) and suppressed before a line
or block: <!-- wpctl:ignore CODE reason -->, and in YAML # wpctl:ignore CODE reason.`,
		Example: `  wpctl lint
  wpctl lint --fix needs workplans/APP-WP-0001.md
  wpctl lint --suggest-steps APP-WP-0001 | git apply`,
		ValidArgsFunction: c.completePlans,
	}
	f := cmd.Flags()
	f.StringVar(&fix, "fix", "", "write what the text implies: needs, order, decision, or all")
	f.Lookup("fix").NoOptDefVal = "all"
	f.BoolVar(&req.DryRun, "dry-run", false, "with --fix: show the change as a diff, and write nothing")
	f.BoolVar(&suggest, "suggest-steps", false, "print verify steps for what is to be reached, as a diff")
	_ = cmd.RegisterFlagCompletionFunc("fix", cobra.FixedCompletions(append(slices.Clone(prose.Fixes), "all"), cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if req.Fix, req.Plans, err = fixes(fix, cmd.Flags().Changed("fix"), c.Args, args); err != nil {
			return err
		}
		switch {
		case req.DryRun && len(req.Fix) == 0:
			return errors.New("--dry-run goes with --fix: lint writes nothing without it")
		case suggest && len(req.Fix) > 0:
			return errors.New("--suggest-steps writes nothing: leave --fix out")
		}
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		if suggest {
			return c.suggestSteps(cmd.Context(), a, req.Plans)
		}
		style := c.style(c.Stdout)
		req.Source = style.Source && c.output == "text"
		res, err := a.Lint(cmd.Context(), req)
		if err != nil {
			return err
		}
		return c.linted(res, style)
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

// linted shows what lint did and found.
func (c *command) linted(res app.Checked, style view.Options) (err error) {
	if c.output == "json" {
		err = c.json(view.LintJSON(slices.Collect(res.Diags), res.Fixes, res.Plans, res.Exit()))
	} else if err = view.Fixes(c.Stdout, res.Fixes, style); err == nil {
		err = view.Lint(c.Stdout, res.Diags, res.Sources, res.Plans, style)
	}
	if err != nil {
		return err
	}
	return exit(res.Exit())
}

// suggestSteps prints the steps that plans could have.
func (c *command) suggestSteps(ctx context.Context, a *app.App, plans []string) error {
	files, err := a.SuggestSteps(ctx, plans)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := view.Diff(c.Stdout, f.Name, string(f.Old), string(f.New), c.style(c.Stdout)); err != nil {
			return err
		}
	}
	if len(files) == 0 && !c.quiet {
		fmt.Fprintln(c.Stderr, "nothing to suggest")
	}
	return nil
}

// fixes returns what --fix asks for, and the plans. The flag can stand alone, so that a word behind it is an argument to
// the parser of flags: where it is one of ours it belongs to the flag.
func fixes(value string, given bool, raw, args []string) (words, plans []string, err error) {
	if !given {
		return nil, args, nil
	}
	if value == "all" {
		for i, arg := range raw[:max(0, len(raw)-1)] {
			if next := raw[i+1]; arg == "--fix" && areFixes(next) {
				value = next
				if k := slices.Index(args, next); k >= 0 {
					args = slices.Delete(slices.Clone(args), k, k+1)
				}
				break
			}
		}
	}
	for _, word := range strings.Split(value, ",") {
		switch {
		case word == "all":
			words = append(words, prose.Fixes...)
		case slices.Contains(prose.Fixes, word):
			words = append(words, word)
		default:
			message := fmt.Sprintf("--fix is needs, order, decision or all, not %q", word)
			if hint := diag.DidYouMean(word, prose.Fixes); hint != "" {
				message += "; " + hint
			}
			return nil, nil, fmt.Errorf("%s", message)
		}
	}
	return words, args, nil
}

func areFixes(s string) bool {
	for _, word := range strings.Split(s, ",") {
		if word != "all" && !slices.Contains(prose.Fixes, word) {
			return false
		}
	}
	return true
}
