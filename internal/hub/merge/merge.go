// Package merge makes one of three: what a file says of a record, what a hub says, and what both said when they last
// agreed. It is pure, and no clock counts in it.
//
// What was changed on one side only goes to the other. What was changed on both goes by its owner. Only what the hub
// owns can ever reach a file; a status never does.
package merge

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// Owner says whose word counts.
type Owner string

// The owners.
const (
	File   Owner = "file"   // the file's: what the hub says instead is written over
	Hub    Owner = "hub"    // the hub's, where both have changed it
	Status Owner = "status" // goes from the file to the hub; another one in the hub is a proposal
	Place  Owner = "place"  // where something stands in the file: no news for anybody
)

// Unit is what is merged as a whole.
type Unit struct {
	Name   string
	Fields []string
	Owner  Owner
}

// units are those of each kind. A decision's status and choice are one: half an answer is none.
var units = map[hub.Kind][]Unit{
	hub.KindWorkstream: {
		{"title", []string{"title"}, File},
		{"status", []string{"status"}, Status},
		{"domain", []string{"domain"}, File},
		{"owner", []string{"owner"}, Hub},
		{"priority", []string{"priority"}, Hub},
		{"path", []string{"path"}, Place},
		{"ref", []string{"ref"}, Place},
	},
	hub.KindTask: {
		{"title", []string{"title"}, File},
		{"status", []string{"status"}, Status},
		{"priority", []string{"priority"}, Hub},
		{"assignee", []string{"assignee"}, Hub},
		{"needs", []string{"needs"}, File},
		{"labels", []string{"labels"}, File},
		{"steps", []string{"steps"}, File},
		{"line", []string{"line"}, Place},
		{"order", []string{"order"}, Place},
	},
	hub.KindDecision: {
		{"question", []string{"question"}, File},
		{"options", []string{"options"}, File},
		{"recommendation", []string{"recommendation"}, File},
		{"answer", []string{"status", "choice"}, Hub},
		{"note", []string{"note"}, Hub},
	},
}

// Units are those of a kind; none for what is only ever added.
func Units(kind hub.Kind) []Unit { return units[kind] }

// Value is what the unit is in a body: JSON, always the same for the same; "" where nothing is said.
func (u Unit) Value(b hub.Body) string {
	if len(u.Fields) == 1 {
		return b.Value(u.Fields[0])
	}
	all, said := make([]string, len(u.Fields)), false
	for i, name := range u.Fields {
		all[i] = b.Value(name)
		said = said || all[i] != ""
	}
	if !said || u.Name == "answer" && all[0] == `"pending"` && all[1] == "" {
		return ""
	}
	text, _ := json.Marshal(all) // of strings
	return string(text)
}

// Digest is a short name for a value, by which a hub remembers what a file has said.
func Digest(value string) string {
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:8])
}

// Sides are the values of one unit.
type Sides struct {
	File, Hub string
	Agreed    string // what both said last
	Known     bool   // Agreed is known here
	Said      string // the digest of what a file, of whatever checkout, said last; "" is not known
}

// Action is what is to be done.
type Action string

// The actions.
const (
	Same     Action = ""         // both say the same
	ToHub    Action = "to-hub"   // the file's value goes to the hub
	ToFile   Action = "to-file"  // the hub's value goes into the file
	Leave    Action = "leave"    // both keep theirs, and there is nothing to tell
	Propose  Action = "propose"  // both keep theirs; the hub's is shown as a proposal
	Conflict Action = "conflict" // both keep theirs; somebody has to settle it
)

// Choice is what becomes of a unit.
type Choice struct {
	Unit
	Sides
	Action    Action
	Replaced  bool // the other side had another value of its own, which goes
	Elsewhere bool // the hub's value is that of the file in another checkout
}

// Merge chooses for one unit.
func Merge(u Unit, s Sides) Choice {
	c := Choice{Unit: u, Sides: s}
	if s.File == s.Hub {
		return c
	}
	fileChanged, hubChanged := s.changed()
	c.Elsewhere = s.Said != "" && Digest(s.Hub) == s.Said
	switch u.Owner {
	case Place:
		c.Action = Leave
		if fileChanged {
			c.Action = ToHub
		}
	case Status:
		switch {
		case s.File == "", s.Hub == "" && !fileChanged:
			c.Action = Leave
		case fileChanged:
			c.Action, c.Replaced = ToHub, hubChanged && s.Hub != ""
		default:
			c.Action = Propose
		}
	case File:
		c.Action, c.Replaced = ToHub, hubChanged && s.Hub != ""
		if !fileChanged && c.Elsewhere {
			c.Action, c.Replaced = Conflict, false
		}
	case Hub:
		c.Action = ToFile
		if !hubChanged || s.Hub == "" && !s.Known {
			c.Action = ToHub
		}
		c.Replaced = fileChanged && hubChanged && c.Action == ToFile && s.File != ""
	}
	return c
}

// changed says which sides have changed since they agreed. Where that is not known, what a file said last stands for
// it; where that is not known either, both have.
func (s Sides) changed() (file, hub bool) {
	switch {
	case s.Known:
		return s.File != s.Agreed, s.Hub != s.Agreed
	case s.Said != "":
		return Digest(s.File) != s.Said, Digest(s.Hub) != s.Said
	}
	return true, true
}
