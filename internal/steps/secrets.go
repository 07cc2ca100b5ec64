package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// secretsArgs are the fields of a secrets step.
type secretsArgs struct {
	Files     []string          `yaml:"files" doc:"globs of files in the checkout; ** stands for any folders, and a folder for all that is in it"`
	Chart     string            `yaml:"chart" doc:"a chart in the checkout, as helm renders it"`
	Values    []string          `yaml:"values" doc:"files of values for the chart"`
	Namespace string            `yaml:"namespace" doc:"the namespace that the chart is rendered for"`
	Run       check.Code        `yaml:"run" doc:"a command for /bin/sh -c, whose output is looked at; it has to end with 0"`
	Env       map[string]string `yaml:"env" doc:"environment variables of the command"`
	Allow     []secretsAllow    `yaml:"allow" doc:"findings that may stay"`
}

// secretsAllow says which findings may stay, and why.
type secretsAllow struct {
	Path        string `yaml:"path" doc:"a glob of files whose findings may stay"`
	Fingerprint string `yaml:"fingerprint" doc:"one finding, as a run tells it: FILE:RULE:LINE"`
	Reason      string `yaml:"reason" required:"true" doc:"why it may stay"`
}

// secretsSelf is what a secrets step saw.
type secretsSelf struct {
	Files    int             `json:"files" doc:"how many texts were looked at"`
	Findings []secretFinding `json:"findings" doc:"what was found and is not allowed"`
	Allowed  int             `json:"allowed" doc:"how many findings may stay"`
	Skipped  []string        `json:"skipped" doc:"binary files, which are not looked at"`
}

type secretFinding struct {
	File        string `json:"file" doc:"the file; of a chart the template; of a command stdout or stderr"`
	Line        int    `json:"line" doc:"the line; of a template the line that it renders to"`
	Rule        string `json:"rule" doc:"what found it: a rule of gitleaks, or password-literal, secret-key, url-password, private-key"`
	Fingerprint string `json:"fingerprint" doc:"for allow: FILE:RULE:LINE"`
}

// secretsKind looks for plaintext secrets.
//
// A finding names rule, file and line, never the secret. Comments in files that tell scanners to look away count for
// nothing: allow does, with a reason. What cannot be looked at is told: a file that is too large leaves the step
// unknown, a binary one is a remark.
func secretsKind() check.Kind {
	return check.Define(check.Spec[secretsArgs]{
		Name:    "secrets",
		Doc:     "Expect no plaintext secret in files, in a rendered chart, or in a command's output.",
		Bare:    "files",
		Example: "secrets: {files: [\"charts/**\", \"helm/*.yaml\"], allow: [{path: \"charts/**/ci/*\", reason: values of a throw-away cluster}]}",
		Self:    secretsSelf{},
		Timeout: 2 * time.Minute,
		Could:   []check.Capability{check.RunsCode},
		CapsOf: func(a secretsArgs) []check.Capability {
			if a.Run != "" {
				return []check.Capability{check.ReadsFiles, check.RunsCode}
			}
			return []check.Capability{check.ReadsFiles}
		},
		Check:    secretsCheck,
		Target:   secretsArgs.target,
		Programs: func(a secretsArgs) []string { return programs(a.Run, a.Chart, "") },
		Look:     secretsLook,
	})
}

func (a secretsArgs) target() string {
	out := slices.Clone(a.Files)
	if a.Chart != "" {
		out = append(out, "rendered "+a.Chart)
	}
	if a.Run != "" {
		out = append(out, "output of "+firstLine(string(a.Run)))
	}
	return strings.Join(out, ", ")
}

func secretsCheck(a secretsArgs) (out []check.Problem) {
	if len(a.Files) == 0 && a.Chart == "" && a.Run == "" {
		out = append(out, problem("nothing is looked at", "say files, chart or run"))
	}
	out = append(out, globProblems(a.Files, "files")...)
	if a.Chart != "" {
		out = append(out, chartProblems("chart", a.Chart, a.Values)...)
	} else if a.Values != nil || a.Namespace != "" {
		out = append(out, problem("values and namespace are for a chart", "say chart", "values"))
	}
	if a.Run != "" {
		out = append(append(out, runProblems(string(a.Run))...), envProblems(a.Env)...)
	}
	for i, w := range a.Allow {
		if (w.Path == "") == (w.Fingerprint == "") {
			out = append(out, problem("one of path and fingerprint says what may stay", "", "allow", i))
		}
		if w.Path != "" {
			for _, p := range globProblems([]string{w.Path}) {
				p.Path = []any{"allow", i, "path"}
				out = append(out, p)
			}
		}
		if strings.TrimSpace(w.Reason) == "" {
			out = append(out, problem("the reason is empty", "why may it stay?", "allow", i, "reason"))
		}
		if w.Fingerprint != "" && strings.Count(w.Fingerprint, ":") < 2 {
			out = append(out, problem("this is no fingerprint", "FILE:RULE:LINE, as a run tells it", "allow", i, "fingerprint"))
		}
	}
	return out
}

func secretsLook(ctx context.Context, at check.Site, a secretsArgs) (check.Result, error) {
	s := &secretsScan{at: at, args: a, used: make([]bool, len(a.Allow)), self: secretsSelf{Findings: []secretFinding{}, Skipped: []string{}}}
	for _, look := range []func(context.Context) error{s.files, s.chart, s.command} {
		if err := look(ctx); err != nil {
			return check.Result{}, err
		}
	}
	s.remarks()
	return s.result()
}

// result says what was found. The parts that could not be looked at matter where nothing was found in the others.
func (s *secretsScan) result() (check.Result, error) {
	want := "no secrets in " + s.args.target()
	if n := len(s.self.Findings); n > 0 {
		var at []string
		for _, f := range s.self.Findings[:min(n, maxFaults)] {
			at = append(at, fmt.Sprintf("%s:%d (%s)", f.File, f.Line, f.Rule))
		}
		saw := fmt.Sprintf("%d in %s", n, strings.Join(at, ", "))
		if n > maxFaults {
			saw += fmt.Sprintf(" and %d more", n-maxFaults)
		}
		why := fmt.Sprintf("to let one stay: allow: [{fingerprint: %q, reason: …}]", s.self.Findings[0].Fingerprint)
		return check.Result{Want: want, Saw: saw, Why: []string{why}, Self: s.self}, nil
	}
	if len(s.unseen) > 0 {
		return check.Result{}, &check.Lasting{Err: fmt.Errorf("not looked at: %s; narrow the globs, or allow the file with a reason", bounded(s.unseen))}
	}
	if s.self.Files == 0 {
		saw := s.args.nothing()
		if n := len(s.self.Skipped); n > 0 {
			saw = fmt.Sprintf("nothing but %d binary files", n)
		}
		return check.Result{Want: want, Saw: saw, Self: s.self, Empty: true}, nil
	}
	word := "text"
	if s.args.Chart == "" && s.args.Run == "" {
		word = "file"
	}
	return check.Result{OK: true, Saw: "none in " + plural(s.self.Files, word), Self: s.self}, nil
}

// nothing says that there was no text to look at.
func (a secretsArgs) nothing() string {
	switch {
	case len(a.Files) > 0:
		return "no file"
	case a.Run != "":
		return "no output"
	}
	return "no text"
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
