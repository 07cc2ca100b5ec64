package app

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// schemaPath is where the schema of the configuration goes.
const schemaPath = ".wpctl/config.schema.json"

var semverForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\d+\.\d+\.\d+(-(alpha|beta|rc)[0-9A-Za-z.-]*)?$`) })

// mostContexts is how many contexts are written into a configuration.
const mostContexts = 10

// configText is a configuration that says what was found, and with comments what there is to say.
func configText(b Begun, schema bool, named []string) string {
	var out strings.Builder
	if schema {
		out.WriteString("# yaml-language-server: $schema=" + schemaPath + "\n")
	}
	out.WriteString("# How wpctl works in this repository. `wpctl explain config` tells of each key, `wpctl doctor` what is missing.\n\n")
	out.WriteString("# Where the workplans are: globs, relative to this file; ** stands for any folders.\n")
	switch globs := strings.Join(quoted(b.Folders), ", "); {
	case len(b.Folders) == 0:
		out.WriteString("plans: [\"workplans/**/*.md\"]\n")
	default:
		fmt.Fprintf(&out, "plans: [%s]\n", globs)
	}
	out.WriteString(`
# Clusters: the names that plans use, and the contexts of the kubeconfig that they mean. Each person may have other
# contexts: then this belongs into their own file, see ` + "`wpctl config view --show-origin`" + `.
`)
	clusters(&out, b, named)
	out.WriteString(`
# Values for steps that give none.
# defaults:
#   cluster: NAME      # of clusters above; without it, the kubeconfig's current context
#   namespace: NAME
#   timeout: 30s       # for one look
#   within: 2m         # how long to wait for a step to hold

# Checkouts of other repositories that plans speak of, relative to this file.
# repos: {NAME: ../NAME}

# How much lint's remarks weigh: error, warning, suggestion, info or off.
# lint: {done-without-findings: off}

# How much a run writes under a task: none, summary or full.
# findings: full

# What plans may do is granted in your own file, and can be narrowed here: grants: {run: [], env: [CI_*]}
`)
	return out.String()
}

// clusters writes the names that plans use, and contexts as comments.
func clusters(out *strings.Builder, b Begun, named []string) {
	var known, unknown []string
	for _, name := range named {
		if slices.Contains(b.Unknown, name) {
			unknown = append(unknown, name)
		} else {
			known = append(known, name)
		}
	}
	if len(known) > 0 {
		out.WriteString("clusters:\n")
		for _, name := range known {
			fmt.Fprintf(out, "  %s: %s\n", strconv.Quote(name), strconv.Quote(name))
		}
	} else {
		out.WriteString("# clusters:\n")
	}
	for _, name := range unknown {
		fmt.Fprintf(out, "#   %s: CONTEXT   # a plan names it, and there is no such context here\n", strconv.Quote(name))
	}
	if len(named) > 0 {
		return
	}
	for i, c := range b.Contexts {
		if i == mostContexts {
			fmt.Fprintf(out, "#   … and %d more contexts\n", len(b.Contexts)-i)
			return
		}
		mark := ""
		if c == b.Current {
			mark = "   # the current context"
		}
		fmt.Fprintf(out, "#   NAME: %s%s\n", strconv.Quote(c), mark)
	}
	if len(b.Contexts) == 0 {
		out.WriteString("#   NAME: CONTEXT\n")
	}
}

func quoted(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strconv.Quote(s)
	}
	return out
}

// schemaText is the schema of the configuration, as editors take it.
func schemaText(a *App) (string, error) {
	text, err := json.MarshalIndent(a.Schema("config"), "", "  ")
	return string(text) + "\n", err
}

const vscodeText = `{
  "yaml.schemas": {
    "` + schemaPath + `": ".wpctl.yaml"
  }
}
`

// hookText is the hook of git. It lints all plans: those that were not touched may need those that were.
const hookText = `#!/bin/sh
# Written by wpctl init: no commit with mistakes in workplans. Remove this file to be rid of it.
# 5 is: there are no workplans.
wpctl lint || [ $? -eq 5 ]
`

// ciFile is what a forge's CI is told.
type ciFile struct {
	path    string
	beside  string // where it goes instead, where path is there
	include string // what to do then
	body    string
}

func (c ciFile) text(version string) string {
	return strings.ReplaceAll(c.body, "@VERSION", "@"+version)
}

const ciHead = `# Written by wpctl init. What workplans claim to be done is tested; nothing is written.
# Exit codes: 5 is that nothing is claimed, 8 that a person is waited for or that policy left something unchecked.
`

var ciFiles = map[string]ciFile{
	"github": {path: ".github/workflows/wpctl.yml", body: ciHead + `name: workplans
on: [push, pull_request]
permissions: {contents: read}
jobs:
  verify:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - uses: actions/setup-go@v5
        with: {go-version: "1.26", cache: false}
      - run: go install gitea.coulomb.social/coulomb/wpctl/cmd/wpctl@VERSION
      - run: wpctl lint || [ $? -eq 5 ]
      - run: |
          code=0
          wpctl verify --report github --report markdown || code=$?
          case $code in 0|5|8) ;; *) exit "$code" ;; esac
`},
	"gitea": {path: ".gitea/workflows/wpctl.yml", body: ciHead + `name: workplans
on: [push, pull_request]
jobs:
  verify:
    runs-on: ubuntu-latest
    steps:
      - uses: https://github.com/actions/checkout@v4
        with: {fetch-depth: 0}
      - uses: https://github.com/actions/setup-go@v5
        with: {go-version: "1.26", cache: false}
      - run: go install gitea.coulomb.social/coulomb/wpctl/cmd/wpctl@VERSION
      - run: wpctl lint || [ $? -eq 5 ]
      - env: {GITEA_TOKEN: "${{ secrets.GITEA_TOKEN }}"}
        run: |
          code=0
          wpctl verify --report gitea || code=$?
          case $code in 0|5|8) ;; *) exit "$code" ;; esac
`},
	"gitlab": {
		path: ".gitlab-ci.yml", beside: ".gitlab/wpctl.yml", include: "add this to .gitlab-ci.yml: include: [{local: .gitlab/wpctl.yml}]",
		body: ciHead + `workplans:
  image: golang:1.26
  variables: {GIT_DEPTH: 0}
  script:
    - go install gitea.coulomb.social/coulomb/wpctl/cmd/wpctl@VERSION
    - wpctl lint || [ $? -eq 5 ]
    - wpctl verify --report junit=junit.xml
  allow_failure:
    exit_codes: [5, 8]
  artifacts:
    when: always
    reports: {junit: junit.xml}
`,
	},
}
