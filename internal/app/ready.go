package app

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// Ready returns the tasks that can be started now, the best first: by their priority or else their plan's, then by how
// many open tasks wait for them, then by their plan's place in the planning, and then as they stand.
// What is in progress already is not among them, and neither is what rests on something that failed.
func (a *App) Ready(ctx context.Context, req ListRequest) ([]TaskItem, Seen, error) {
	req.State, req.Count = []string{string(workspace.Ready)}, true
	out, seen, err := a.ListTasks(ctx, req)
	if err != nil || len(req.Sort) > 0 {
		return out, seen, err
	}
	slices.SortStableFunc(out, func(a, b TaskItem) int {
		return cmp.Or(
			cmp.Compare(priority(cmp.Or(a.Priority, a.node.Plan.Priority)), priority(cmp.Or(b.Priority, b.node.Plan.Priority))),
			cmp.Compare(b.Unblocks, a.Unblocks),
			cmp.Compare(a.node.Plan.Rank, b.node.Plan.Rank),
		)
	})
	return out, seen, nil
}

// BlockedItem is a task that waits, and for what.
type BlockedItem struct {
	TaskItem
	By []Blocker `json:"by" doc:"what it waits for"`
}

// Blocker is one thing that a task waits for.
type Blocker struct {
	ID       string   `json:"id" doc:"of what is waited for; \"\" where the task itself is said to be blocked"`
	Why      string   `json:"why" doc:"a few words: \"T02 is todo\""`
	Hint     string   `json:"hint" doc:"of a checkout that is not here: where it would be named"`
	Since    string   `json:"since" doc:"the day on which its status was written, as git knows; \"\" where it does not"`
	Ask      string   `json:"ask" doc:"who it is assigned to, else who owns its plan"`
	Question string   `json:"question" doc:"of a decision"`
	Options  []string `json:"options" doc:"of a decision: \"A: a dedicated one\""`
	File     string   `json:"file" doc:"the file in which its status stands"`
	Line     int      `json:"line" doc:"the line of that status"`
}

// Blocked returns the open tasks that wait for something else than their turn, in the order of the plans, and for each
// by what, since when, and whom to ask.
func (a *App) Blocked(ctx context.Context, req ListRequest) ([]BlockedItem, Seen, error) {
	req.State = []string{string(workspace.Blocked), string(workspace.Waiting)}
	w, seen, err := a.wholeWorkspace(ctx)
	if err != nil {
		return nil, seen, err
	}
	tasks, err := a.tasks(w, req)
	if err != nil {
		return nil, seen, err
	}
	out := []BlockedItem{}
	days := dates{app: a, known: map[place]string{}}
	var wanted []place
	for _, t := range tasks {
		item := BlockedItem{TaskItem: t, By: []Blocker{}}
		for _, r := range w.Stand(t.node.Plan, t.node.Task).Because {
			if r.To != "" && !r.Gates {
				continue
			}
			b := Blocker{ID: r.To, Why: r.Why, Hint: r.Hint, Ask: r.Ask, File: r.File, Line: r.At, Options: []string{}}
			if d := r.Node.Decision; d != nil {
				b.Question = d.Question
				for _, o := range d.Options {
					b.Options = append(b.Options, o.Name+": "+o.Text)
				}
			}
			item.By = append(item.By, b)
			if r.Path != "" {
				wanted = append(wanted, place{r.Path, r.At})
			}
		}
		out = append(out, item)
	}
	days.find(ctx, wanted)
	for i := range out {
		for j := range out[i].By {
			b := &out[i].By[j]
			b.Since = days.known[place{a.absolute(b.File), b.Line}]
		}
	}
	return out, seen, nil
}

// place is a line of a file.
type place struct {
	path string
	line int
}

// dates asks git on which days lines were written.
type dates struct {
	app   *App
	mu    sync.Mutex
	known map[place]string
}

// blameTime is how long all questions to git may take together: the answer is good to have, and not worth waiting for.
const blameTime = 5 * time.Second

// find fills known as far as git knows; each file is asked about once.
func (d *dates) find(ctx context.Context, wanted []place) {
	ctx, cancel := context.WithTimeout(ctx, blameTime)
	defer cancel()
	lines := map[string][]int{}
	for _, p := range wanted {
		lines[p.path] = append(lines[p.path], p.line)
	}
	var g errgroup.Group
	g.SetLimit(4)
	for path, at := range lines {
		g.Go(func() error {
			d.blame(ctx, path, at)
			return nil
		})
	}
	_ = g.Wait()
}

// maxBlamed is how many lines of a file git is asked about one by one; of more it tells all lines.
const maxBlamed = 500

func (d *dates) blame(ctx context.Context, path string, lines []int) {
	args := []string{"blame", "--porcelain"}
	slices.Sort(lines)
	if lines = slices.Compact(lines); len(lines) <= maxBlamed {
		for _, l := range lines {
			args = append(args, "-L", strconv.Itoa(l)+","+strconv.Itoa(l))
		}
	}
	out, err := d.app.gitIn(ctx, filepath.Dir(path), append(args, "--", path)...)
	if err != nil {
		return // no checkout, or a file that git does not know
	}
	days := map[string]string{} // by commit
	var commit string
	var line int
	d.mu.Lock()
	defer d.mu.Unlock()
	for l := range strings.Lines(string(out)) {
		l = strings.TrimRight(l, "\n")
		fields := strings.Fields(l)
		switch {
		case strings.HasPrefix(l, "\t"):
			d.known[place{path, line}] = days[commit]
		case len(fields) >= 3 && len(fields[0]) >= 40 && !strings.HasPrefix(l, "summary "):
			commit = fields[0]
			line, _ = strconv.Atoi(fields[2])
		case len(fields) == 2 && fields[0] == "author-time" && strings.Trim(commit, "0") != "":
			if sec, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				days[commit] = time.Unix(sec, 0).UTC().Format(time.DateOnly)
			}
		}
	}
}
