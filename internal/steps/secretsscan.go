package steps

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/leak"
	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
)

// The bounds of what is looked at: the rules take half a second for a megabyte.
const (
	maxScanned  = 4 << 20  // of one file
	maxScanning = 64 << 20 // of all
)

// secretsScan is one look for secrets.
type secretsScan struct {
	at      check.Site
	args    secretsArgs
	used    []bool // of args.Allow
	self    secretsSelf
	unseen  []string // what could not be looked at
	idle    []string // parts with nothing in them
	scanned int
}

func (s *secretsScan) files(ctx context.Context) error {
	if len(s.args.Files) == 0 {
		return nil
	}
	names, err := matchFiles(ctx, s.at, s.args.Files)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		s.idle = append(s.idle, strings.Join(s.args.Files, ", "))
	}
	for _, name := range names {
		f, err := readFile(s.at, name)
		switch {
		case s.allowedPath(name, false) && (err != nil || len(f.data) > maxScanned || isBinary(f.data)):
			s.allowedPath(name, true)
		case err != nil:
			s.unseen = append(s.unseen, err.Error())
		case f.none != "":
			s.self.Skipped = append(s.self.Skipped, name+" ("+f.none+")")
		case len(f.data) > maxScanned:
			s.unseen = append(s.unseen, fmt.Sprintf("%s, which is larger than %d MiB", name, maxScanned>>20))
		case isBinary(f.data):
			s.self.Skipped = append(s.self.Skipped, name)
		default:
			if err := s.scan(ctx, name, string(f.data)); err != nil {
				return err
			}
		}
	}
	return nil
}

// isBinary tells of what is no text, as git does.
func isBinary(data []byte) bool { return bytes.IndexByte(data[:min(len(data), 8<<10)], 0) >= 0 }

func (s *secretsScan) chart(ctx context.Context) error {
	if s.args.Chart == "" {
		return nil
	}
	out, err := chart{path: s.args.Chart, values: s.args.Values, namespace: s.args.Namespace, crds: true}.render(ctx, s.at)
	if err != nil {
		return err
	}
	for _, t := range templateTexts(out) {
		if text := t.lines.String(); strings.Trim(text, "-\r\n\t ") != "" {
			if err := s.scan(ctx, t.name, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// command looks at what a command writes. It is never shown, not even when the command fails.
func (s *secretsScan) command(ctx context.Context) error {
	if s.args.Run == "" {
		return nil
	}
	dir, err := workDir(s.at, "")
	if err != nil {
		return err
	}
	r, err := proc.Run(ctx, proc.Command{
		Path: shell, Args: []string{"sh", "-c", string(s.args.Run)}, Dir: dir, Env: shellEnv(s.at, dir, s.args.Env), Keep: 2 * maxScanned,
	})
	if err != nil {
		return shFault(ctx, proc.Result{}, err)
	}
	if r.Exit != 0 {
		return fmt.Errorf("the command ended with exit %d: its output is not what was meant", r.Exit)
	}
	if strings.TrimSpace(r.Stdout.Text+r.Stderr.Text) == "" {
		s.idle = append(s.idle, "the output of the command")
	}
	for _, o := range []struct {
		name string
		proc.Output
	}{{"stdout", r.Stdout}, {"stderr", r.Stderr}} {
		if o.Dropped > 0 || len(o.Text) > maxScanned {
			s.unseen = append(s.unseen, fmt.Sprintf("%s of the command, which is larger than %d MiB", o.name, maxScanned>>20))
		}
		if strings.TrimSpace(o.Text) != "" {
			if err := s.scan(ctx, o.name, o.Text); err != nil {
				return err
			}
		}
	}
	return nil
}

// scan looks at one text, and names the secrets in it to the redactor before anything else.
func (s *secretsScan) scan(ctx context.Context, name, text string) error {
	if s.scanned += len(text); s.scanned > maxScanning {
		return &check.Lasting{Err: fmt.Errorf("more than %d MiB to look at: narrow the globs", maxScanning>>20)}
	}
	found, err := leak.Find(ctx, name, text)
	if err != nil {
		return fmt.Errorf("look for secrets in %s: %w", name, err)
	}
	s.self.Files++
	for _, f := range found {
		nameSecret(s.at, f.Secret)
	}
	for _, f := range found {
		print := name + ":" + f.Rule + ":" + strconv.Itoa(f.Line)
		if s.allowedPath(name, true) || s.allowedPrint(print) {
			s.self.Allowed++
			continue
		}
		s.self.Findings = append(s.self.Findings, secretFinding{File: name, Line: f.Line, Rule: f.Rule, Fingerprint: print})
	}
	return nil
}

// allowedPath tells whether findings in a file may stay; use notes that the entry served for something.
func (s *secretsScan) allowedPath(name string, use bool) bool {
	for i, w := range s.args.Allow {
		if w.Path != "" && matchPath(strings.Split(path.Clean(w.Path), "/"), strings.Split(name, "/")) {
			s.used[i] = s.used[i] || use
			return true
		}
	}
	return false
}

func (s *secretsScan) allowedPrint(print string) bool {
	i := slices.IndexFunc(s.args.Allow, func(w secretsAllow) bool { return w.Fingerprint == print })
	if i >= 0 {
		s.used[i] = true
	}
	return i >= 0
}

// remarks tells what was passed over, and which entries of allow serve for nothing any more.
func (s *secretsScan) remarks() {
	if s.at.Warn == nil {
		return
	}
	if len(s.self.Skipped) > 0 {
		s.at.Warn("binary files are not looked at: %s", bounded(s.self.Skipped))
	}
	if len(s.idle) > 0 && s.self.Files > 0 {
		s.at.Warn("there is nothing in %s", bounded(s.idle))
	}
	for i, w := range s.args.Allow {
		if !s.used[i] {
			s.at.Warn("allow %s matches nothing: take it out", w.Path+w.Fingerprint)
		}
	}
}
