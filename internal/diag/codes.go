package diag

// Code is a code of diagnostics and what it means.
type Code struct{ Name, Doc string }

// Codes are all codes of diagnostics, in the order of the alphabet. They are stable: a code keeps its meaning.
func Codes() []Code { return codes }

// Told is what a code is told of. It decides on where the code can be weighed and suppressed.
type Told int

// What codes are told of.
const (
	OfPlans  Told = iota
	OfFiles       // that are no plans: no suppression can stand in them
	OfConfig      // neither weighed nor suppressed
)

// Of says what the code is told of.
func (c Code) Of() Told { return notOfPlans[c.Name] }

// Severities are what the code can be given by a configuration, worst first. What could not be read is never off: it
// decides on how a command ends, and nobody would know why.
func (c Code) Severities() []Severity {
	switch {
	case c.Of() == OfConfig:
		return nil
	case c.Name == "unreadable":
		return []Severity{Error, Warning, Suggestion, Info}
	}
	return []Severity{Error, Warning, Suggestion, Info, Off}
}

var notOfPlans = map[string]Told{
	"bad-encoding": OfConfig, "grant-ignored": OfConfig, "not-a-workplan": OfFiles,
	"too-large": OfConfig, "unknown-flag": OfConfig, "unreadable": OfFiles,
}

var codes = []Code{
	{"ambiguous-scalar", "A word such as yes, on or no is read as something else than a text."},
	{"bad-date", "A day is not written as 2026-05-18."},
	{"bad-encoding", "The configuration is not UTF-8."},
	{"bad-expression", "An expression cannot be compiled: its syntax, a name, a field or a type is wrong."},
	{"bad-id", "An id has characters that ids cannot have, or is that of the plan."},
	{"bad-ignore", "A suppression names no code, one that does not exist, or no reason."},
	{"bad-name", "A recorded value has a name that expressions cannot use."},
	{"bad-uuid", "An id of the state hub is no UUID."},
	{"bad-value", "A value is of the right type, and is not one of those that are allowed."},
	{"bad-yaml", "The YAML cannot be read."},
	{"block-in-findings", "A task, verify or decision block stands where wpctl writes its findings."},
	{"contradicting-status", "A text and a status say opposite things."},
	{"cycle", "Tasks wait for each other; every one of them is named with its place."},
	{"done-without-findings", "A task is done, and nothing says what was found."},
	{"duplicate-findings", "A task has two blocks of findings."},
	{"duplicate-id", "An id stands twice, in one plan or in two of a workspace."},
	{"duplicate-key", "A key stands twice in one mapping."},
	{"empty-block", "A block or the front matter holds nothing."},
	{"findings-marker", "A marker of findings was changed by hand, or has no partner."},
	{"findings-without-task", "Findings name a task that the plan does not have."},
	{"foreign-id", "The id of a task does not begin with the id of its plan."},
	{"front-matter-delimiter", "A line of dashes around the front matter has something beside the dashes."},
	{"front-matter-place", "Front matter does not begin on the first line."},
	{"future-date", "A day to come is given for what has happened: the date of a plan, a decision or something seen."},
	{"grant-ignored", "A repository's configuration grants what its user has not granted."},
	{"implied-need", "The text says that a task needs another one, a decision or another plan, and its block does not."},
	{"implied-order", "The text says how the tasks stand to each other, and the front matter does not."},
	{"literal-secret", "A password, a token or a private key is written into the plan."},
	{"lone-cr", "A CR stands without LF, which programs read in different ways."},
	{"looks-from-outside", "A step looks from this machine, and its words say that it is done from inside the cluster."},
	{"merge-conflict", "A merge conflict of git stands in the plan."},
	{"merge-key", "YAML's merge key (<<) is not read."},
	{"missing-id", "A need, guard or deferral names what the plan does not have."},
	{"missing-key", "A key that is required is not there."},
	{"misspelt-block", "The word behind a fence is nearly task, verify or decision."},
	{"no-choice", "A decision is resolved, and its choice is not written."},
	{"no-expression", "A place for an expression is empty."},
	{"no-front-matter", "The file has no front matter."},
	{"no-kind", "A step does not say what it looks at."},
	{"no-proof", "A task says when it is done, and no step looks."},
	{"no-reason", "A deferral does not say why."},
	{"no-tasks", "The plan has no task."},
	{"not-a-workplan", "The front matter has another type than workplan, or a file with tasks has none."},
	{"not-utf8", "A byte of the plan is not UTF-8."},
	{"nothing-recorded", "The text asks to record something, and no step does."},
	{"nul", "The plan has a NUL byte."},
	{"placeholder", "A step was begun with `wpctl new step`, and is still to be written."},
	{"prose-decision", "A decision is written as text alone, without its block."},
	{"proves-nothing", "A look expects nothing, so that it would always pass."},
	{"second-document", "A block holds more than one YAML document."},
	{"stale-findings", "The steps were changed after the findings were written."},
	{"template-here", "${{ }} stands in a key that is an expression already, or takes none."},
	{"template-in-code", "${{ }} stands in a command or a query."},
	{"too-large", "The configuration is too large."},
	{"two-kinds", "A step has more than one kind."},
	{"two-needs", "Both needs and depends_on stand in a task."},
	{"unclosed-fence", "A block has no closing fence."},
	{"unclosed-findings", "Findings have no closing marker, or it stands elsewhere."},
	{"unclosed-front-matter", "The front matter has no closing line of dashes."},
	{"unknown-flag", "A setting is given by a flag that does not exist."},
	{"unknown-format", "The plan is written in a format that this version does not know."},
	{"unknown-key", "A key is not known here. In the front matter this is information, elsewhere an error."},
	{"unknown-kind", "There is no such kind of step."},
	{"unknown-need", "A need is in none of the plans at hand."},
	{"unknown-option", "A decision chooses or recommends what is not among its options."},
	{"unknown-reference", "An expression names a record, task, decision or environment name that is not there or not allowed."},
	{"unreadable", "A file, a folder or a repository in which plans may be cannot be read."},
	{"unused-ignore", "A suppression suppresses nothing."},
	{"wrong-type", "A value is of another type than is wanted."},
	{"yaml-alias", "YAML's aliases (*) are not read in blocks."},
	{"yaml-anchor", "YAML's anchors (&) are not read in blocks."},
	{"yaml-tag", "YAML's tags (!) are not read in blocks."},
}
