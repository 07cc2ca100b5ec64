package app

// Coding agents read AGENTS.md at the root of a repository (https://agents.md). Where there is one, what they are to
// know of plans goes beside it.
const (
	agentsFile   = "AGENTS.md"
	agentsBeside = ".wpctl/agents.md"
)

// agentsText is what a coding agent is told of plans; with a hub also how work is shared.
func agentsText(hub bool) string {
	out := agentsBegin
	if hub {
		out += agentsHub
	}
	return out + agentsRun
}

const agentsBegin = `# Workplans

What is to be done stands in workplans, and ` + "`wpctl`" + ` says how far it is.
A task is done when its verify steps were seen to hold: ` + "`wpctl run`" + ` looks, and writes status and findings into the plan.

## Work along a plan

1. ` + "`wpctl ready`" + ` lists what can be begun, the best first.
2. ` + "`wpctl show TASK`" + ` tells all that is known of a task: its text, its steps, what was seen last, what waits for it.
`

const agentsHub = `   ` + "`wpctl hub claim TASK --for 30m`" + ` claims it; exit code 8 says that somebody else has it: take another one.
   Say it again while you work, and ` + "`wpctl hub release TASK`" + ` at the end.
`

const agentsRun = `3. Do the work, in the repository or wherever the task says.
4. ` + "`wpctl run PLAN --task TASK`" + ` looks whether it holds, and says of each step what was wanted and what was seen.
5. Before a commit: ` + "`wpctl lint`" + ` and ` + "`wpctl verify`" + `. Commit the plan with the work.

Each of these commands takes ` + "`-o json`" + `.

| exit code | what it means | what to do |
|---|---|---|
| 0 | it holds | go on with the next task |
| 1 | a step does not hold | mend the work, and run it again |
| 2 | the plan has a mistake | it says file, line and column |
| 3 | it could not be found out | say so: that is no failure of the work, and no success |
| 4 | a login is missing | a person gives it |
| 5 | nothing was looked at | the task has no step: propose one, with ` + "`wpctl explain` and `wpctl add`" + ` |
| 8 | a person has to agree, to sign, to decide, or to name the cluster | say which, and wait |

## What is a person's

- ` + "`status: done`" + ` and findings are written by ` + "`wpctl run`" + `, never by hand.
- A verify step is not made weaker so that it passes. Where one is wrong, change it in a commit of its own that says why.
- ` + "`wpctl trust`, `wpctl approve`, `wpctl decide`, `--trust`, `--grant-run`" + `, and waivers are for people.
- A choice that is not yours becomes a decision: a ` + "`decision`" + ` block with its options, and its id among the ` + "`needs`" + ` of the task.
`
