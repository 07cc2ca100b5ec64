package app

import (
	"errors"
	"fmt"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Seen says how much of a workspace could be seen. Its zero value is all of it.
type Seen struct {
	Unread   []Unread
	Strays   diag.List // files with tasks that are no workplans
	Warnings []string  // about the rest
}

// Unread is a file, a folder or a repository in which plans may be, and that could not be read.
type Unread struct {
	Name string // as the user may write it
	Why  string
}

func (u Unread) String() string { return fmt.Sprintf("%s cannot be read: %s", u.Name, u.Why) }

// Exit returns the exit code of a command that only tells what it saw: 3 where that was not all.
func (s Seen) Exit() int {
	if len(s.Unread) > 0 {
		return ExitUnknown
	}
	return ExitOK
}

// worse is the exit code of a command whose own would be code.
func (s Seen) worse(code int) int {
	if len(s.Unread) > 0 {
		return unknown(code)
	}
	return code
}

// All are what could not be read and the warnings, one line each.
func (s Seen) All() []string {
	var out []string
	for _, u := range s.Unread {
		out = append(out, u.String())
	}
	return append(out, s.Warnings...)
}

// diagnostics tell what could not be read, or is not.
func (s Seen) diagnostics() (out diag.List) {
	for _, u := range s.Unread {
		out = append(out, diag.Diagnostic{
			Pos: text.Pos{File: u.Name, Line: 1, Col: 1}, Severity: diag.Warning, Code: "unreadable",
			Message: "it cannot be read, and plans may be in it: " + u.Why, Hint: "what is wrong in them is not known",
		})
	}
	return append(out, s.Strays...)
}

// Unseen is the error where a command needs to see all, or saw nothing.
type Unseen struct{ Seen }

func (e *Unseen) Error() string {
	out := make([]string, 0, len(e.Unread))
	for i, u := range e.Unread {
		if i == 3 && len(e.Unread) > 4 {
			out = append(out, fmt.Sprintf("%d more", len(e.Unread)-i))
			break
		}
		out = append(out, u.String())
	}
	return strings.Join(out, "; ")
}

// whole returns an error where not all was seen.
func (s Seen) whole() error {
	if len(s.Unread) > 0 {
		return &Unseen{s}
	}
	return nil
}

// missing is an error about something that was not found, which may be in what was not seen.
func (s Seen) missing(err error) error {
	if e := s.whole(); err != nil && e != nil {
		return fmt.Errorf("%w; it may be where nothing can be seen: %w", err, e)
	}
	return err
}

// cannot notes what could not be read: a path, and why.
func (a *App) cannot(s *Seen, path string, err error) {
	s.Unread = append(s.Unread, Unread{Name: a.relative(path), Why: root(err).Error()})
}

// root is what went wrong, without the operations and the path around it.
func root(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
