package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
	"gitea.coulomb.social/coulomb/wpctl/internal/report"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

// reports are what --report asks for.
type reports struct {
	*command
	wanted []wanted
}

// wanted is one report: its format, and the file that it goes to.
type wanted struct{ format, file string }

// to says where a format goes to.
type to int

const (
	aFile   to = iota // it needs a file
	mayFile           // it has a place of its own, too
	noFile
)

var reportFormats = map[string]to{
	"junit": aFile, "sarif": aFile, "json": aFile, "prometheus": aFile, "markdown": mayFile, "tap": mayFile, "github": noFile, "gitea": noFile,
}

const reportUsage = "`FORMAT[=FILE]`, as often as you like: junit, sarif, json, prometheus with a file; markdown (also to $GITHUB_STEP_SUMMARY) and tap with or without; github, gitea"

// parseReports reads the values of --report.
func (c *command) parseReports(values []string) (*reports, error) {
	r := &reports{command: c}
	names := slices.Sorted(maps.Keys(reportFormats))
	for _, v := range values {
		format, file, given := strings.Cut(v, "=")
		how, known := reportFormats[format]
		switch {
		case !known:
			return nil, fmt.Errorf("--report: no format %q; %s", format, diag.OneOf(format, names))
		case given && file == "", how == aFile && !given:
			return nil, fmt.Errorf("--report %s needs a file: --report %s=FILE", format, format)
		case how == noFile && given:
			return nil, fmt.Errorf("--report %s takes no file", format)
		case given && slices.ContainsFunc(r.wanted, func(w wanted) bool { return filepath.Clean(w.file) == filepath.Clean(file) && w.file != "" }):
			return nil, fmt.Errorf("--report: two reports go to %s", file)
		case format == "tap" && !given && c.output == "json":
			return nil, errors.New("--report tap and -o json both write to stdout: give one of them a file")
		case format == "markdown" && !given && c.Getenv("GITHUB_STEP_SUMMARY") == "":
			return nil, errors.New("--report markdown needs a file where $GITHUB_STEP_SUMMARY is not set: --report markdown=FILE")
		}
		r.wanted = append(r.wanted, wanted{format, file})
	}
	return r, nil
}

// instead tells whether a report takes the place of the text on stdout.
func (r *reports) instead() bool { return slices.Contains(r.wanted, wanted{"tap", ""}) }

// write writes the reports. Those that cannot be written are told, and make the exit code that of what could not be
// found out where it would be a better one.
func (r *reports) write(ctx context.Context, a *app.App, run report.Run, json func() ([]byte, error), exit int) int {
	for _, w := range r.wanted {
		if err := r.one(ctx, a, w, run, json); err != nil {
			fmt.Fprintln(r.Stderr, "error: "+view.Safe(a.Redactor.String(fmt.Sprintf("report %s: %v", w.format, err))))
			if exit == app.ExitOK || exit == app.ExitNothing || exit == app.ExitWaiting {
				exit = app.ExitUnknown
			}
		}
	}
	return exit
}

// mistakes writes the reports of a verb that was not begun, because of what is wrong in files.
func (r *reports) mistakes(ctx context.Context, a *app.App, verb string, list diag.List, files int) {
	run := report.OfMistakes(verb, a.Version, diag.Merge(a.ConfigDiags, list), app.ExitUsage, site(a))
	run.Started = time.Now()
	run.Ended = run.Started
	r.write(ctx, a, run, func() ([]byte, error) { return view.LintJSON(list, nil, files, app.ExitUsage) }, app.ExitUsage)
}

// unwired writes the reports where the configuration has mistakes, so that there is no app, and returns the error.
func (r *reports) unwired(ctx context.Context, verb string, err error) error {
	invalid, ok := errors.AsType[*app.Invalid](err)
	dir, wdErr := os.Getwd()
	if !ok || wdErr != nil {
		return err
	}
	root, isGit := config.Root(dir)
	if !isGit {
		root = dir
	}
	bare := &app.App{Dir: dir, Version: r.Version.Version, Config: &config.Config{Root: root}, Redactor: &policy.Redactor{}}
	r.mistakes(ctx, bare, verb, invalid.Diags, len(invalid.Sources))
	return err
}

func (r *reports) one(ctx context.Context, a *app.App, w wanted, run report.Run, json func() ([]byte, error)) error {
	var out []byte
	var err error
	switch w.format {
	case "junit":
		out, err = report.JUnit(run)
	case "sarif":
		out, err = report.SARIF(run)
	case "json":
		out, err = json()
	case "prometheus":
		out = report.Prometheus(run)
	case "tap":
		out = report.TAP(run)
	case "markdown":
		out = report.Markdown(run)
		if summary := r.Getenv("GITHUB_STEP_SUMMARY"); summary != "" {
			err = appendTo(summary, out)
		}
	case "github":
		out := report.GitHub(run)
		if r.output == "json" {
			_, err = r.Stderr.Write(out)
			return err
		}
		_, err = r.Stdout.Write(out)
		return err
	case "gitea":
		return r.gitea(ctx, a, run)
	}
	switch {
	case err != nil:
		return err
	case w.file != "":
		return writeReport(w.file, out)
	case w.format == "tap":
		_, err = r.Stdout.Write(out)
	}
	return err
}

// writeReport replaces a file as a whole; what is no plain file, such as a pipe, is written to.
func writeReport(name string, out []byte) error {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.Write(out)
		return errors.Join(err, f.Close())
	}
	return disk.Put(name, out, disk.Own{Perm: 0o644, Synced: true})
}

// appendTo adds to the summary of a job's step, which other programs write to as well.
func appendTo(name string, out []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append([]byte("\n"), out...))
	return errors.Join(err, f.Close())
}

// site says how plans are named in reports.
func site(a *app.App) report.Site { return report.Site{Dir: a.Dir, Root: a.Config.Root} }
