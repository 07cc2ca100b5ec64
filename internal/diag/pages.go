package diag

// Page returns what there is to know about a code beside its one sentence, as markdown; "" where there is nothing.
func Page(code string) string { return pages[code] }

var pages = map[string]string{
	"bad-ignore": `A warning.
A suppression is ` + "`<!-- wpctl:ignore CODE reason -->`" + ` before a line or a block, or ` + "`# wpctl:ignore CODE reason`" + ` in a block's YAML.
Several codes stand between commas.
The code has to exist, and a reason has to be given: whoever reads the plan next asks for it.
`,
	"contradicting-status": `A warning.
It is told where a task is ` + "`todo`, `in_progress` or `blocked`" + ` and its text begins a paragraph with "**Done (2026-05-19)**" or "Status: done",
where a task is ` + "`done`" + ` and its text says "Status: blocked" or "Pending", and where a decision is pending (in its block, or in the words behind its
title) and its text has a "Resolution".

Correct the one that is wrong.
`,
	"done-without-findings": `A suggestion.
A task says ` + "`status: done`" + `, has no findings of a run, and no paragraph, list or label of its text says what was found: "Findings", "Done", "Resolution",
"Progress", "Implemented", "Completed", "Verified", "Result" or "Evidence".

Run the task, or write down what was found.
`,
	"future-date": `A warning.
` + "`created`, `updated`" + ` and the date of a decision lie in the past; tomorrow is let through, for other time zones.
The day of ` + "`once`" + ` is that on which somebody saw a step hold, and cannot be to come either.
`,
	"implied-need": `A suggestion.
The text says that a task needs an earlier task, a decision or another plan, and neither its ` + "`needs`" + ` nor the needs of what it needs say so:
"DB DSN from T04", "blocks T03", "per T01", "once T02 has finished", "the bucket that T02 makes", "Depends on: T02–T04", a column "Needs" in a table.
The message quotes the words, and further places that say the same follow.

What is doubtful is not told: comparisons ("unlike T02"), pointers ("see T03"), negations, questions, suppositions ("would need T02"), code, quotations, and
findings of wpctl.
A title counts for the task where the words around it are clear: "depends on: Create the bucket".
So does what the task is about, where only one earlier task can be meant: "once the mirror answers" behind a task "Set up an image mirror",
"the rewritten history" behind "Rewrite history", a file behind a task that writes it, and the key of a ticket that a title begins with.

` + "`wpctl lint --fix needs`" + ` writes what is told: each need that is there, in the plan or in the workspace.
A task without ` + "`needs`" + ` follows the task before it, and one with them does not; where its new needs would not put it behind the task before it, they name
that, too, so that it keeps its place.
Such a need gates, as all written needs do.
A task with ` + "`needs: []`" + ` is left as it is.
`,
	"implied-order": `A suggestion.
The text above the tasks says that they are independent ("each item is small, independent"), or that each needs the one before, and the front matter has no
` + "`order`" + `.
It is not told where the sentence makes exceptions, or where any task needs another.

` + "`wpctl lint --fix order`" + ` writes it.
`,
	"no-proof": `A suggestion.
A task says when it is done ("Done when", "Acceptance criteria", "Definition of done"), and it has no step: nobody will look.

` + "`wpctl lint --suggest-steps`" + ` proposes steps for what the words name: addresses, images, hosts, objects and namespaces, and ` + "`curl` and `kubectl`" + ` commands
between backticks.
It prints a diff, which ` + "`git apply`" + ` takes.
`,
	"nothing-recorded": `A suggestion.
The text asks to record, note down or capture something, and no step of the task has ` + "`record`" + `.
Recorded values stand in the findings, and later steps can use them.
`,
	"prose-decision": `A suggestion.
A heading or a line in bold print begins with a decision's id ("**Decision D-01 — which cluster**"), and no block has that id.
A need on it cannot be written, and nobody is asked.
The hint has the block, with the options of the table or list below, the recommendation and the resolution.

` + "`wpctl lint --fix decision`" + ` writes it under its title, where the text leaves no doubt: at least two options, and a resolution that begins with one of them.
The text stays as it is.
`,
	"stale-findings": `A warning.
The findings of a task, or of the plan's own steps, were written for other steps than those that stand there now.
Comments, layout and keys that begin with ` + "`x-`" + ` do not count.

Run the task again.
`,
	"unused-ignore": `A warning.
A suppression is about the line, the paragraph, list, table or code block below it, or all of the section where that is a heading; behind words it is about
its own line, and in YAML about the key below it, with what is indented under that.
What it names was not told there, or is an error, which cannot be suppressed.
`,
}
