// Package check is the contract between the runner and the kinds of step.
// A kind looks once and says what it wanted and what it saw; waiting, retrying, timing out, redacting and
// reporting belong to the runner, once, for all kinds.
// It imports the standard library only.
package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"time"
)

// Capability is something that a step may do and that policy can grant or withhold.
type Capability string

// The capabilities.
const (
	Network      Capability = "network"
	NetworkWrite Capability = "network write" // sends what may change something: a POST
	ClusterRead  Capability = "cluster read"
	ClusterWrite Capability = "cluster write"
	// ClusterDryRun sends objects that the server checks as if it were to store them, and stores nothing.
	ClusterDryRun Capability = "cluster dry run"
	RunsCode      Capability = "runs code"
	ReadsFiles    Capability = "reads files"
	ReadsSecrets  Capability = "reads secrets"
	AsksPeople    Capability = "asks people"
)

// Result is what one look saw.
// "Not as planned" is a Result with OK false; "could not look" is an error instead of a Result.
type Result struct {
	OK    bool
	Want  string   // what was wanted, one line; may be empty where OK
	Saw   string   // what was seen, one line, of stable facts: no durations, ages or generated names
	Why   []string // the likely causes of a failure, one line each
	Fault string   // what is wrong and with what, where other steps, also of other kinds, may see the same; they use the same words
	Self  any      // what CEL sees as self; of the kind's self type
	Empty bool     // a set was looked at, and nothing is in it: the runner applies ifEmpty instead of OK

	// Final tells the runner that looking again cannot help: with `within` it does not wait.
	Final bool
	// Claimed tells that OK rests on a person's word that is not signed.
	Claimed bool
	// Explain adds to Why what takes further looking; the runner calls it once, for a failure that it reports.
	// It may be nil.
	Explain func(context.Context) []string
}

// Code is text that a shell, an interpreter or a database will run: a plan's expressions are never put into it.
type Code string

// Site is where and as whom a step looks; the runner fills it in.
type Site struct {
	Dir       string // absolute path of the checkout that relative paths start from
	Root      string // absolute path that file access may not leave; the checkout's root
	Cluster   string // the cluster's name in the plan or configuration; "" is the default one
	Namespace string // for objects without a namespace of their own; "" leaves it to the kubeconfig context
	Plan      string // full id of the plan
	Task      string // full id of the task; "" for the plan's own steps
	Step      string // the step's name
	Digest    string // digest of this step
	Changes   int64  // how many steps of this run may have changed something: a login from before serves no look after one
	Changed   string // the reference of a `changed:`; "" where there is none

	// Dial connects to an address as seen from where the step looks: from inside a cluster where it says `from`.
	// Nil: from this machine. Network is tcp; names are resolved there, too.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Enter makes ready what Dial needs; the runner calls it before each look. It may be nil.
	Enter func(ctx context.Context) error
	// ReadFile reads a file of where Dial connects from, such as /etc/resolv.conf. Nil: of this machine.
	ReadFile func(ctx context.Context, name string) ([]byte, error)

	// Untrusted: the plan is a stranger's. Connections are made with Dial alone, which is there then, and of files only
	// those are read that Tracked knows, with the folders that they are in, by their paths below Root, and that no link
	// leads to.
	Untrusted bool
	Tracked   func(path string) bool

	Now    func() time.Time
	Env    func(name string) (string, bool)        // environment names that policy allows; others are not set
	Secret func(value string)                      // names a value that must never leave the run
	Grant  func(credential, host string) error     // nil where policy lets the credential go to the host
	Warn   func(format string, args ...any)        // a remark that is shown with the step's findings
	Signed func(plan, task, step string) []Signoff // the sign-offs of a manual step, newest first, of whichever wording of it
}

// Signoff is a person's word that a manual step holds.
type Signoff struct {
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Note     string    `json:"note,omitempty"`
	Digest   string    `json:"digest"`   // of the step as it was signed
	Verified bool      `json:"verified"` // signed with a key that is known here
}

// Waiting is the error of a look that cannot go on without a person.
type Waiting struct{ For string }

func (w *Waiting) Error() string { return "waiting for " + w.For }

// Unauthenticated is the error of a look that was refused for want of valid credentials.
type Unauthenticated struct{ Err error }

func (u *Unauthenticated) Error() string { return words(u.Err, "not authenticated") }
func (u *Unauthenticated) Unwrap() error { return u.Err }

// Denied is the error of a step that policy does not allow.
type Denied struct{ Reason string }

func (d *Denied) Error() string { return d.Reason }

// Transient is the error of a look that may well succeed a moment later:
// the runner looks again while the step's time allows.
type Transient struct {
	Err   error
	After time.Duration // how long the other side wants to be left alone; 0 where it does not say
}

func (t *Transient) Error() string { return words(t.Err, "a passing fault") }
func (t *Transient) Unwrap() error { return t.Err }

// Lasting is the error of a look that waiting does not mend: the runner does not look again.
type Lasting struct{ Err error }

func (l *Lasting) Error() string { return words(l.Err, "a lasting fault") }
func (l *Lasting) Unwrap() error { return l.Err }

// words is err's text, or what stands for it where err is nil.
func words(err error, otherwise string) string {
	if err == nil {
		return otherwise
	}
	return err.Error()
}

// Problem is a mistake in a step's arguments that its types do not show.
// Path leads to the field from the kind's value: keys, and indices as numbers.
type Problem struct {
	Path    []any
	Message string
	Hint    string
	In      *Place // where else it stands: in the definition of a team's own kind; nil for nowhere
}

// Place is a place in a file.
type Place struct {
	File      string
	Line, Col int
}

// Rule is a right in a cluster that a look uses; `plan --rbac` makes roles of them.
type Rule struct {
	Verbs            []string // get, list, watch, create, patch, delete
	APIVersion, Kind string   // of the objects, as a step names them
	Subresource      string   // such as log or exec; "" for the objects themselves
	Namespace        string   // "": the step's default, or none for kinds without namespaces
	AllNamespaces    bool
	Names            []string // of the only objects; none: all of them
	Unwatched        bool     // no watch of them wakes the step
}

// Kind is one kind of step.
type Kind struct {
	Name    string       // the key in the plan
	Doc     string       // one sentence
	Example string       // a step in YAML, used by `explain` and checked by a test
	Bare    string       // the field that a bare string sets; "" where there is none
	Args    reflect.Type // the struct that the kind's value decodes into
	Self    reflect.Type // the type of Result.Self; nil: known only when seen
	Timeout time.Duration
	SelfDoc string // what self is, where Self is nil

	Base       string // of a team's own kind: the kind that it is made of
	Definition string // of a team's own kind: its definition, part of the digest of each step
	Source     string // the same as its file has it, for people

	New    func() any                  // a pointer to arguments with their defaults
	Check  func(args any) []Problem    // mistakes that need no look
	Needs  func(args any) []Capability // what a look does
	Could  []Capability                // what it does beside, where the arguments ask for it
	Target func(args any) string       // what it looks at, a few words, for a default name
	Host   func(args any) string       // the host that a look loads, to bound looks by; "" for none
	Rules  func(args any) []Rule       // the rights in a cluster that a look uses
	// RulesAt is Rules for kinds that have to look at files for them. Nil: there is only Rules.
	RulesAt func(ctx context.Context, at Site, args any) ([]Rule, error)
	// Changed is the reference that limits a look to what changed since; "" for none. Then ifEmpty is skip.
	Changed func(args any) string
	// Programs are those of this machine that a look calls; what a command of the plan calls is not known.
	Programs func(args any) []string
	Open     func(args any) bool // a look expects nothing by itself: without an assertion it would prove nothing
	Inside   bool                // its looks connect with Site.Dial alone: they can be made from inside a cluster
	Shared   bool                // looks share what they read: the more go on at once the better, and the reader bounds itself
	Look     func(context.Context, Site, any) (Result, error)
	// Wake returns a channel that receives whenever looking again may show something new, until ctx ends.
	// The watch behind it is established when Wake returns. Nil, or a nil channel: the runner looks at intervals.
	Wake func(context.Context, Site, any) (<-chan struct{}, error)
	// Draft looks at a target, and returns a step that expects what is there, for `wpctl add`. The arguments hold what was
	// given beside the target, which the field Bare has where the kind has one. Nil: no step can be made of what is seen.
	Draft func(ctx context.Context, at Site, target string, args any) (Draft, error)
	// Aim says what a target is for Draft, a few words, where the kind has no Bare.
	Aim string
	// Aimed returns the field that a target of Draft stands for, where that is not Bare. Nil: Draft finds it out.
	Aimed func(target string) Field
}

// Of returns the name by which policy knows the kind: that of the kind that it is made of, if any.
func (k Kind) Of() string { return cmp.Or(k.Base, k.Name) }

// Spec is what a kind says of itself, with its arguments' type.
// Name, Doc, Example and Look are required.
type Spec[A any] struct {
	Name    string
	Doc     string
	Example string
	Bare    string
	Default A
	Self    any // a value of self's type; nil: known only when seen
	SelfDoc string
	Timeout time.Duration // 0: 30s
	Caps    []Capability

	CapsOf func(A) []Capability // instead of Caps, where the arguments decide
	Could  []Capability         // what CapsOf adds to what it returns for the defaults
	Check  func(A) []Problem
	Target func(A) string
	Host   func(A) string
	Rules  func(A) []Rule
	// RulesAt and Changed: see Kind.
	RulesAt func(context.Context, Site, A) ([]Rule, error)
	Changed func(A) string
	// Programs: see Kind.
	Programs func(A) []string
	Open     func(A) bool // nil: a look always expects something
	Inside   bool
	Shared   bool
	Look     func(context.Context, Site, A) (Result, error)
	Wake     func(context.Context, Site, A) (<-chan struct{}, error)
	// Draft, Aim and Aimed: see Kind.
	Draft func(ctx context.Context, at Site, target string, a A) (Draft, error)
	Aim   string
	Aimed func(target string) Field
}

// DefaultTimeout is how long one look may take where the kind does not say.
const DefaultTimeout = 30 * time.Second

// Define makes a Kind of its typed parts.
// It panics where a required part is missing: a kind is written by us, not by users.
func Define[A any](s Spec[A]) Kind {
	if s.Name == "" || s.Doc == "" || s.Example == "" || s.Look == nil {
		panic(fmt.Sprintf("check: kind %q lacks a name, a doc, an example or a look", s.Name))
	}
	k := Kind{
		Name: s.Name, Doc: s.Doc, Example: s.Example, Bare: s.Bare, SelfDoc: s.SelfDoc, Could: s.Could,
		Args: reflect.TypeFor[A](), Timeout: s.Timeout, Inside: s.Inside, Shared: s.Shared, Aim: s.Aim, Aimed: s.Aimed,
		New:      func() any { a := s.Default; return &a },
		Check:    func(any) []Problem { return nil },
		Needs:    func(any) []Capability { return slices.Clone(s.Caps) },
		Target:   func(any) string { return "" },
		Host:     func(any) string { return "" },
		Rules:    func(any) []Rule { return nil },
		Changed:  func(any) string { return "" },
		Programs: func(any) []string { return nil },
		Open:     func(any) bool { return false },
		Look: func(ctx context.Context, at Site, a any) (Result, error) {
			return s.Look(ctx, at, *a.(*A))
		},
	}
	if k.Timeout == 0 {
		k.Timeout = DefaultTimeout
	}
	if s.Self != nil {
		k.Self = reflect.TypeOf(s.Self)
	}
	if s.Check != nil {
		k.Check = func(a any) []Problem { return s.Check(*a.(*A)) }
	}
	if s.CapsOf != nil {
		k.Needs = func(a any) []Capability { return s.CapsOf(*a.(*A)) }
	}
	if s.Target != nil {
		k.Target = func(a any) string { return s.Target(*a.(*A)) }
	}
	if s.Open != nil {
		k.Open = func(a any) bool { return s.Open(*a.(*A)) }
	}
	if s.Host != nil {
		k.Host = func(a any) string { return s.Host(*a.(*A)) }
	}
	if s.Rules != nil {
		k.Rules = func(a any) []Rule { return s.Rules(*a.(*A)) }
	}
	if s.RulesAt != nil {
		k.RulesAt = func(ctx context.Context, at Site, a any) ([]Rule, error) { return s.RulesAt(ctx, at, *a.(*A)) }
	}
	if s.Changed != nil {
		k.Changed = func(a any) string { return s.Changed(*a.(*A)) }
	}
	if s.Programs != nil {
		k.Programs = func(a any) []string { return s.Programs(*a.(*A)) }
	}
	if s.Wake != nil {
		k.Wake = func(ctx context.Context, at Site, a any) (<-chan struct{}, error) {
			return s.Wake(ctx, at, *a.(*A))
		}
	}
	if s.Draft != nil {
		k.Draft = func(ctx context.Context, at Site, target string, a any) (Draft, error) {
			return s.Draft(ctx, at, target, *a.(*A))
		}
	}
	return k
}

// Registry is a set of kinds by name.
type Registry struct {
	kinds map[string]Kind
	names []string
}

// NewRegistry returns a registry of kinds; two kinds with one name are an error.
func NewRegistry(kinds ...Kind) (*Registry, error) {
	r := &Registry{kinds: make(map[string]Kind, len(kinds))}
	for _, k := range kinds {
		if _, ok := r.kinds[k.Name]; ok {
			return nil, fmt.Errorf("kind %q is defined twice", k.Name)
		}
		r.kinds[k.Name] = k
		r.names = append(r.names, k.Name)
	}
	slices.Sort(r.names)
	return r, nil
}

// Kind returns the kind of that name.
func (r *Registry) Kind(name string) (Kind, bool) {
	k, ok := r.kinds[name]
	return k, ok
}

// Names returns the names of all kinds, sorted.
func (r *Registry) Names() []string { return slices.Clone(r.names) }

// IsWaiting returns what err waits for, if it is a Waiting.
func IsWaiting(err error) (string, bool) {
	var w *Waiting
	if errors.As(err, &w) {
		return w.For, true
	}
	return "", false
}
