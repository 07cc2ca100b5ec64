package app

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// scaffolds are what new plans, tasks and steps begin with where the configuration names no template.
var scaffolds = map[string]string{
	"plan": `---
id: ${{ id }}
type: workplan
title: ${{ title }}
status: draft
owner: ${{ owner }}
created: ${{ today }}
updated: ${{ today }}
---

# ${{ title }}

## Goal

TODO: what is different when this is finished.

## Tasks

### T01 — The first task

~~~task
id: ${{ id }}-T01
status: todo
~~~

**Done when:** TODO: what can be seen then.
`,
	"task": `${{ heading }}${{ title }}

~~~task
id: ${{ id }}
status: todo
~~~

**Done when:** TODO: what can be seen then.
`,
	"step": `- name: "TODO: what this proves"
  ${{ example }}
  defer: "TODO: give it its own values, then take this line away"
`,
}

var placeholder = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{\{\s*([a-z]+)\s*\}\}`) })

// scaffold fills in the template of a plan, a task or a step: ${{ NAME }} is replaced by a value, and what has no value
// stays as it is. In YAML a value gets quotes where it needs them, and a key whose value is empty goes. The
// lines of a value are indented as its first one.
func (a *App) scaffold(of string, values map[string]string) (string, error) {
	text := strings.ReplaceAll(scaffolds[of], "~~~", "```")
	if path := a.Config.Template(of); path != "" {
		src, err := a.Files.Read(path)
		if err != nil {
			return "", fmt.Errorf("the template of %ss: %w", of, err)
		}
		text = strings.ReplaceAll(strings.TrimPrefix(string(src), "\ufeff"), "\r\n", "\n")
	}
	var out strings.Builder
	y := yamlLines{front: of == "plan", all: of == "step"}
	for line := range strings.Lines(text) {
		in := y.next(line)
		name := placeholder().FindStringSubmatch(line)
		key, rest, isKey := strings.Cut(strings.TrimRight(line, "\n"), ": ")
		whole := name != nil && strings.TrimSpace(rest) == name[0]
		value, known := "", false
		if name != nil {
			value, known = values[name[1]]
		}
		switch {
		case !known:
			out.WriteString(line)
		case in && isKey && whole && value == "":
		case in && isKey && whole:
			out.WriteString(key + ": " + workplan.Scalar(value) + "\n")
		default:
			indent := strings.Repeat(" ", strings.Index(line, name[0]))
			out.WriteString(placeholder().ReplaceAllStringFunc(line, func(m string) string {
				v, ok := values[placeholder().FindStringSubmatch(m)[1]]
				if !ok {
					return m
				}
				return strings.ReplaceAll(v, "\n", "\n"+indent)
			}))
		}
	}
	return out.String(), nil
}

// yamlLines tells which lines of a plan are YAML.
type yamlLines struct {
	front bool // front matter may begin, or has begun
	all   bool
	begun bool
	fence string
}

func (y *yamlLines) next(line string) bool {
	bare := strings.TrimSpace(line)
	switch {
	case y.all:
		return true
	case y.front && bare == "---":
		y.front, y.begun = !y.begun, true
		return false
	case y.front:
		return y.begun
	case y.fence != "":
		if strings.HasPrefix(bare, y.fence) && strings.Trim(bare, "`~") == "" {
			y.fence = ""
			return false
		}
		return true
	case strings.HasPrefix(bare, "```"), strings.HasPrefix(bare, "~~~"):
		y.fence = bare[:3]
	}
	return false
}
