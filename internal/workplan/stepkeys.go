package workplan

import (
	"time"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// StepKeys describes the keys that steps of all kinds have in common.
type StepKeys struct {
	Name      string         `yaml:"name" doc:"one line for people; the default is made from the kind and its target"`
	Note      string         `yaml:"note" doc:"a remark printed behind the step's line in the findings"`
	Assert    assertKey      `yaml:"assert" doc:"a CEL expression, or a list of them, over self, which is what the step saw; all must be true"`
	Record    recordKey      `yaml:"record" doc:"names and CEL expressions; the values appear in the findings and can be read by later steps"`
	Within    *time.Duration `yaml:"within" doc:"look again until the step passes, or this time has gone by"`
	Every     *time.Duration `yaml:"every" doc:"the pause between two looks"`
	Timeout   *time.Duration `yaml:"timeout" doc:"the time for one look; running out of it is unknown, not failed"`
	When      string         `yaml:"when" doc:"a CEL expression; where it is false the step is skipped"`
	Once      onceKey        `yaml:"once" doc:"evidence of the moment: once it has passed it is not looked at again; a day says that a person saw it then"`
	Effect    bool           `yaml:"effect" doc:"the step changes something; verify never executes it"`
	Defer     deferKey       `yaml:"defer" doc:"why the step is put off: it is not run, and neither passes nor fails"`
	Advisory  bool           `yaml:"advisory" doc:"a failure is shown and does not fail the task"`
	Waive     *Waive         `yaml:"waive" doc:"accepts a known failure until a day"`
	Guards    guardsKey      `yaml:"guards" doc:"ids of tasks, or all: while the step does not hold, none of them is started"`
	IfEmpty   string         `yaml:"ifEmpty" doc:"the outcome where a set was looked at and nothing is in it" enum:"fail|skip|unknown"`
	From      *From          `yaml:"from" doc:"look from inside the cluster, for kinds that connect: dns, http, postgres, tcp, tls"`
	Repo      string         `yaml:"repo" doc:"the repository in whose checkout the step runs"`
	Cluster   string         `yaml:"cluster" doc:"the cluster that is looked at"`
	Namespace string         `yaml:"namespace" doc:"the namespace of what does not name one"`
}

// commonKeys are the names of StepKeys.
var commonKeys = func() []string {
	var names []string
	for _, f := range strict.Fields(StepType) {
		names = append(names, f.Name)
	}
	return names
}()

var isCommonKey = func() map[string]bool {
	is := map[string]bool{}
	for _, name := range commonKeys {
		is[name] = true
	}
	return is
}()

// nodeKey keeps the node of a key with short forms, which readStep decodes.
type nodeKey struct{ *yaml.Node }

// UnmarshalNode keeps the node.
func (k *nodeKey) UnmarshalNode(n *yaml.Node) error {
	k.Node = n
	return nil
}

type (
	assertKey struct{ nodeKey }
	recordKey struct{ nodeKey }
	onceKey   struct{ nodeKey }
	deferKey  struct{ nodeKey }
	guardsKey struct{ nodeKey }
)

var stringSchema = map[string]any{"type": "string"}

// DescribeType says how assertions are written.
func (assertKey) DescribeType() (string, map[string]any) {
	list := map[string]any{"type": "array", "items": stringSchema}
	return "a CEL expression or a list of them", map[string]any{"anyOf": []any{stringSchema, list}}
}

// DescribeType says how records are written.
func (recordKey) DescribeType() (string, map[string]any) {
	return "a mapping of names, each a CEL expression", map[string]any{
		"type": "object", "propertyNames": map[string]any{"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
		"additionalProperties": map[string]any{"type": []any{"string", "number", "boolean"}},
	}
}

// DescribeType says how once is written.
func (onceKey) DescribeType() (string, map[string]any) {
	day := map[string]any{"type": "string", "format": "date"}
	return "true, or a day", map[string]any{"anyOf": []any{map[string]any{"type": "boolean"}, day}}
}

// DescribeType says how defer is written.
func (deferKey) DescribeType() (string, map[string]any) {
	return "a reason, or a mapping with reason, until and task", map[string]any{"anyOf": []any{
		stringSchema, map[string]any{
			"type": "object", "properties": map[string]any{"reason": stringSchema, "until": stringSchema, "task": stringSchema},
			"required": []any{"reason"}, "additionalProperties": false,
		},
	}}
}

// DescribeType says how guards are written.
func (guardsKey) DescribeType() (string, map[string]any) {
	list := map[string]any{"type": "array", "items": stringSchema}
	return "all, or ids of tasks", map[string]any{"anyOf": []any{stringSchema, list}}
}
