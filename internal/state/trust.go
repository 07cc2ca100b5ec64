package state

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// trustFile says that the user trusts one text of one plan file. There is one for each text, so that going back and
// forth between two revisions asks once for each, and no file is ever read, changed and written.
type trustFile struct {
	Version int       `json:"version"`
	Path    string    `json:"path"`
	Digest  string    `json:"digest"`
	At      time.Time `json:"at"`
	Steps   []string  `json:"steps,omitempty"` // a digest of each step that it is about
}

func trustName(path, digest string) string { return hash(path) + "-" + hash(digest) + ".json" }

// Trusted tells whether the user trusts the file at path with the text of that digest.
// The path may be given by any name; what counts is the file that it leads to.
func (s *Store) Trusted(path, digest string) bool {
	real, err := realPath(path)
	if err != nil || digest == "" {
		return false
	}
	var f trustFile
	err = s.read("trust", trustName(real, digest), &f)
	return err == nil && f.Path == real && f.Digest == digest
}

// Trust keeps that the user trusts the file at path as long as its text has that digest. The digests of its steps let
// LastTrust tell later what changed.
func (s *Store) Trust(path, digest string, steps ...string) error {
	real, err := realPath(path)
	if err != nil {
		return fmt.Errorf("trust: %w", err)
	}
	if digest == "" {
		return fmt.Errorf("trust %q: no digest", path)
	}
	return s.write("trust", trustName(real, digest), trustFile{Version, real, digest, s.now().UTC(), steps})
}

// LastTrust returns the digests of the steps that the user last agreed to in the file at path, and when that was;
// the zero time where there is no such agreement.
func (s *Store) LastTrust(path string) (steps []string, at time.Time) {
	real, err := realPath(path)
	if err != nil {
		return nil, time.Time{}
	}
	entries, _ := os.ReadDir(filepath.Join(s.dir, "trust"))
	for _, e := range entries {
		var f trustFile
		if !strings.HasPrefix(e.Name(), hash(real)+"-") || s.read("trust", e.Name(), &f) != nil {
			continue
		}
		if f.Path == real && len(f.Steps) > 0 && f.At.After(at) {
			steps, at = f.Steps, f.At
		}
	}
	return steps, at
}

// Untrust forgets every text of the file at path that the user trusted. The file need not exist any more.
func (s *Store) Untrust(path string) error {
	real, err := realPath(path)
	if err != nil {
		if real, err = filepath.Abs(path); err != nil {
			return fmt.Errorf("untrust: %w", err)
		}
	}
	dir := filepath.Join(s.dir, "trust")
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("untrust %q: %w", path, err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), hash(real)+"-") {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("untrust %q: %w", path, err)
		}
	}
	return nil
}

func realPath(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(real)
}
