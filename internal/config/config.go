// Package config finds and reads wpctl's settings: the repository's .wpctl.yaml, the user's own file, WPCTL_*
// environment names and flags, in that order of growing weight, and remembers where each came from.
//
// A repository's file is as little trusted as the plans beside it: what may run, which environment names may be read
// and which credential may go where is granted by the user's file and flags alone, and the repository can only narrow
// it. The package reads files and never runs anything.
package config

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/definition"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/adapter"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// FileName is the name of a repository's configuration.
const FileName = ".wpctl.yaml"

// UserFileName is the name of the user's configuration in its folder.
const UserFileName = "config.yaml"

// Settings are what can be configured, as it is written in a file.
type Settings struct {
	Plans       []string          `yaml:"plans" doc:"globs of the workplans, relative to this file; ** stands for any folders"`
	Repos       map[string]string `yaml:"repos" doc:"checkouts of companion repositories: name to path, relative to this file"`
	Aliases     map[string]string `yaml:"aliases" doc:"other names of ids: what is written to what is meant"`
	Clusters    map[string]string `yaml:"clusters" doc:"clusters: name in plans to kubeconfig context"`
	Defaults    Defaults          `yaml:"defaults" doc:"values for plans and steps that give none"`
	Statuses    Statuses          `yaml:"statuses" doc:"words of your own for statuses: wpctl's to yours, such as in_progress: doing"`
	Kinds       Kinds             `yaml:"kinds" doc:"kinds of step of your own: name to {doc, params, and a kind with its arguments, where ${{ params.NAME }} stands for a parameter}"`
	Lint        map[string]string `yaml:"lint" doc:"how much what lint tells weighs: code to error, warning, suggestion, info or off; errors stay errors"`
	Findings    string            `yaml:"findings" doc:"how much a run writes under a task" enum:"none|summary|full"`
	Parallelism int               `yaml:"parallelism" doc:"how many tasks, and steps that run code, at the same time; tasks that only look at clusters do not count"`
	Keep        Keep              `yaml:"keep" doc:"which records of runs are kept"`
	Grants      Grants            `yaml:"grants" doc:"what plans may do; from the user's own file and flags, narrowed by the repository's"`
	Hub         Hub               `yaml:"hub" doc:"the state hub that plans are brought in step with"`
	Templates   Templates         `yaml:"templates" doc:"files that wpctl new begins plans, tasks and steps with"`
	Keys        map[string]string `yaml:"keys" doc:"public keys that sign-offs are trusted from: name to key; in the user's own file"`
}

// Defaults are values for plans and steps that give none. Zero values are not set.
type Defaults struct {
	Cluster   string        `yaml:"cluster" doc:"the cluster that steps look at, a name of clusters"`
	Namespace string        `yaml:"namespace" doc:"the namespace of steps that do not name one"`
	Timeout   time.Duration `yaml:"timeout" doc:"the time for one look"`
	Within    time.Duration `yaml:"within" doc:"how long to wait for a step to hold"`
	Every     time.Duration `yaml:"every" doc:"the pause between two looks"`
}

// Hub is where the state hub is, and which token it gets.
type Hub struct {
	Base   string            `yaml:"base" doc:"its address, such as https://hub.example.org"`
	Tokens map[string]string `yaml:"tokens" doc:"files that hold tokens: a hub's address to a path; in the user's own file"`

	Auth      adapter.Auth             `yaml:"auth" doc:"how the token is sent to a hub of others"`
	StatusMap map[string]string        `yaml:"status_map" doc:"words for status of a hub of others: ours to its"`
	Routes    map[string]adapter.Route `yaml:"routes" doc:"how a hub of others, at base, is asked: by kind of record, which is workstream, task, decision, verdict, event or message"`
	Adapted   []string                 `yaml:"adapted" doc:"addresses of hubs at which the routes of a repository may be used with your token; in the user's own file"`
}

// Templates are files that new plans, tasks and steps begin with; paths relative to the file that names them.
type Templates struct {
	Plan string `yaml:"plan" doc:"a whole plan"`
	Task string `yaml:"task" doc:"the section of a task, from its heading on"`
	Step string `yaml:"step" doc:"a step, as an item of a list"`
}

// Keep says which records of runs stay.
type Keep struct {
	Runs int           `yaml:"runs" doc:"at most so many"`
	Age  time.Duration `yaml:"age" doc:"at most so old"`
}

// Config is the settings that hold here, and where they came from.
type Config struct {
	Settings

	Root     string // the repository's root; without one the folder of File, else the start folder
	Git      bool   // Root is a git checkout
	File     string // the nearest .wpctl.yaml; "" where there is none
	UserFile string // the user's own file, whether it exists or not; "" where there is no place for it

	// Limit is what the repository's file narrows grants to, for grants that come from elsewhere, such as a plan
	// that the user trusts. Its nil fields do not narrow.
	Limit Grants

	// Severities are what Lint says, by code.
	Severities map[string]diag.Severity

	// Words are what Statuses say.
	Words workplan.Words

	// Definitions are the kinds of step that the settings define, by name.
	Definitions []definition.Source

	origins  map[string]string
	plansDir string            // what Plans are relative to
	repos    map[string]source // by name

	templates map[string]string // absolute paths, by what they are for
	tokens    map[string]string // absolute paths, by the origin of the hub
	adapters  []adapted         // whose routes there are
}

// source is where a path in the settings was written.
type source struct {
	origin string
	dir    string // what it is relative to
	ours   bool   // by the user, not by the repository
	home   string
}

// Options say where to look. Their zero value means the process's own folder and environment.
type Options struct {
	Dir     string            // where to start; "" is the current folder
	Env     Env               // nil is the process's environment
	UserDir string            // folder of the user's file; "" is the one that the environment says
	Flags   map[string]string // flags that were given, by name without dashes; see Flags
	Policy  *Policy           // grants and keys of a revision that the user trusts; nil for none
}

// Policy is a configuration whose grants and keys count as the user's own, and nothing else of it:
// the repository's file as it stands at a base revision, where a change could not touch it.
type Policy struct {
	Name string // for positions: "origin/main:.wpctl.yaml"
	Src  []byte
}

// Load reads the settings. What is wrong in them is in the list, by place; if it has errors, the Config holds what was
// understood. A file that is absent is fine, and one that cannot be read is an error. The Config is never nil.
func Load(o Options) (*Config, diag.List, error) {
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	dir, err := filepath.Abs(o.Dir)
	c := &Config{origins: map[string]string{}, repos: map[string]source{}, templates: map[string]string{}, tokens: map[string]string{}}
	if err != nil {
		return c, nil, fmt.Errorf("load the configuration: %w", err)
	}
	c.locate(dir, o)
	layers, err := c.layers(dir, o)
	if err != nil {
		return c, nil, err
	}
	c.grant(layers)
	var problems diag.List
	for _, l := range layers {
		if l.kind != policyLayer {
			c.take(l)
		}
		problems = append(problems, l.problems...)
	}
	problems.Sort()
	return c, problems, nil
}

// locate finds the repository and the files.
func (c *Config) locate(dir string, o Options) {
	c.Root, c.Git = Root(dir)
	c.File = findFile(dir, c.Root)
	switch {
	case c.Git:
	case c.File != "":
		c.Root = filepath.Dir(c.File)
	default:
		c.Root = dir
	}
	if o.UserDir == "" {
		o.UserDir, _ = configDir(o.Env)
	}
	if o.UserDir != "" {
		c.UserFile = filepath.Join(o.UserDir, UserFileName)
	}
}

// layers returns all sources of settings, the weakest first.
func (c *Config) layers(dir string, o Options) ([]*layer, error) {
	home, _ := homeDir(o.Env)
	out := []*layer{defaultLayer(c.Root)}
	if c.File != "" && !c.Own(c.File) {
		return nil, fmt.Errorf("load the configuration: %s is a link that leads out of the repository, and is not read", c.File)
	}
	for _, l := range []*layer{
		{path: c.UserFile, kind: userLayer, plansDir: c.Root, home: home},
		{path: c.File, kind: repoLayer, plansDir: filepath.Dir(c.File), home: home},
	} {
		found, err := l.readFile()
		if err != nil {
			return nil, err
		}
		if found {
			out = append(out, l)
		}
	}
	if o.Policy != nil {
		l := &layer{path: o.Policy.Name, kind: policyLayer}
		l.parse(o.Policy.Src)
		out = append(out, l)
	}
	env := environmentLayers(o.Env, c.Root)
	flags := flagLayers(o.Flags, dir)
	return append(append(out, env...), flags...), nil
}
