package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// NewPlanRequest says which plan to begin.
type NewPlanRequest struct {
	Title  string
	Prefix string // of the id, before its number; "" for that of the plans that are there
	Owner  string
	Dir    string // the folder; "" for the one of the plans that are there
	DryRun bool
}

// Created is what a command made.
type Created struct {
	Edited
	ID      string
	Warning string // "" for none
}

var planNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.+)-(\d+)$`) })

// NewPlan writes the file of a plan with the next free id. It never writes over a file.
func (a *App) NewPlan(ctx context.Context, req NewPlanRequest) (Created, error) {
	title, err := titleOf(req.Title)
	if err != nil {
		return Created{}, err
	}
	w, seen, err := a.Workspace(ctx)
	if err != nil {
		return Created{}, err
	}
	if err := seen.whole(); err != nil { // an id that stands there would be given again
		return Created{}, fmt.Errorf("the next free id is not known: %w", err)
	}
	prefix, err := a.prefix(w, req.Prefix)
	if err != nil {
		return Created{}, err
	}
	number, width := nextNumber(w, prefix)
	dir, err := a.planFolder(w, req.Dir)
	if err != nil {
		return Created{}, err
	}
	for ; ; number++ {
		id := fmt.Sprintf("%s-%0*d", prefix, width, number)
		if _, taken := w.Find(id); taken {
			continue
		}
		out, err := a.newPlan(ctx, filepath.Join(dir, id+".md"), id, title, req)
		if !errors.Is(err, fs.ErrExist) { // else somebody else was faster, or the file is of another kind
			return out, err
		}
	}
}

func (a *App) newPlan(ctx context.Context, path, id, title string, req NewPlanRequest) (Created, error) {
	out := Created{ID: id, Edited: Edited{Name: a.relative(path), Changes: []Change{{ID: id, Key: "title", To: title}}}}
	words := a.words(path)
	src, err := a.scaffold("plan", map[string]string{
		"id": id, "title": title, "owner": req.Owner, "today": a.today(), "repo": filepath.Base(a.Config.Root),
	})
	if err != nil {
		return out, err
	}
	out.New = words.Spell([]byte(src))
	p, _ := words.Parse(out.Name, out.New)
	if diags := a.mistakes(p); len(diags) > 0 {
		return out, a.badTemplate("plan", diags)
	}
	if p.ID.Text != id {
		return out, fmt.Errorf("the template of plans, %s, does not give the plan its id: write id: ${{ id }}", a.relative(a.Config.Template("plan")))
	}
	if req.DryRun {
		return out, nil
	}
	if err := a.Files.Create(ctx, path, out.New); err != nil {
		return out, err
	}
	out.Written = true
	if files, _, err := a.Config.PlanFiles(ctx); err == nil && !slices.Contains(files, path) {
		out.Warning = out.Name + " is none of the plans of this workspace, so that its id is not known to be taken: name its folder in plans of .wpctl.yaml"
	}
	return out, nil
}

// badTemplate is the error where what a template makes is no plan.
func (a *App) badTemplate(of string, diags diag.List) error {
	from := "the template of " + of + "s"
	if path := a.Config.Template(of); path != "" {
		from = a.relative(path)
	}
	return fmt.Errorf("nothing is written: what %s makes has a mistake: %s", from, diags[0])
}

// readsAs returns an error where a new task's heading does not say its title: markdown takes the # at its end away.
func readsAs(w workplan.Words, src []byte, id, title string) error {
	p, _ := w.Parse("", src)
	if t := p.Task(id); t == nil || t.Title != title {
		return fmt.Errorf("nothing is written: a heading cannot say %q, because markdown would read something else", title)
	}
	return nil
}

// byTemplate names a team's template in an error about what it made.
func (a *App) byTemplate(of string, err error) error {
	if path := a.Config.Template(of); err != nil && path != "" {
		return fmt.Errorf("nothing is written: with the template %s: %w", a.relative(path), err)
	}
	return err
}

// titleOf returns a title as one line; it cannot be empty.
func titleOf(s string) (string, error) {
	if s = strings.Join(strings.Fields(s), " "); s == "" {
		return "", errors.New("the title is empty")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return safe.Visible(r) != string(r) || r == unicode.ReplacementChar }) {
		return "", fmt.Errorf("the title has characters that are no text: %q", s)
	}
	return s, nil
}

// prefix returns what the ids of plans begin with: the given one, or the one that all plans of this repository have.
func (a *App) prefix(w *workspace.Workspace, given string) (string, error) {
	if given != "" {
		if given = strings.TrimSuffix(given, "-"); !idForm().MatchString(given) {
			return "", fmt.Errorf("--prefix is the beginning of an id such as SHOP-WP, not %q", given)
		}
		return given, nil
	}
	var found []string
	for _, p := range w.Plans {
		if m := planNumber().FindStringSubmatch(p.ID); m != nil && p.Repo == "" && !slices.Contains(found, m[1]) {
			found = append(found, m[1])
		}
	}
	switch len(found) {
	case 0:
		return "", errors.New("there is no plan whose id could be counted on: give --prefix, such as SHOP-WP")
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("the ids of plans begin in several ways: %s; choose one with --prefix", strings.Join(found[:min(len(found), 10)], ", "))
}

var idForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]*$`) })

// nextNumber returns the number behind the last of a prefix, and how many digits such numbers have.
func nextNumber(w *workspace.Workspace, prefix string) (number, width int) {
	width = 4
	for _, p := range w.Plans {
		m := planNumber().FindStringSubmatch(p.ID)
		if m == nil || m[1] != prefix {
			continue
		}
		if n, err := strconv.Atoi(m[2]); err == nil && n >= number {
			number, width = n, len(m[2])
		}
	}
	return number + 1, width
}

// planFolder returns where new plans go: the given folder, that of most plans, or the one that the globs begin with.
func (a *App) planFolder(w *workspace.Workspace, given string) (string, error) {
	if given != "" {
		return a.absolute(given), nil
	}
	count := map[string]int{}
	best := ""
	for _, p := range w.Plans {
		dir := filepath.Dir(p.Path)
		if p.Repo != "" {
			continue
		}
		if count[dir]++; best == "" || count[dir] > count[best] {
			best = dir
		}
	}
	if best != "" {
		return best, nil
	}
	if dir, ok := a.Config.PlanFolder(); ok {
		return dir, nil
	}
	return "", errors.New("it is not known where plans lie: give --dir")
}

// NewTaskRequest says which task to add.
type NewTaskRequest struct {
	Plan   string // a file or an id
	Title  string
	DryRun bool
}

// NewTask adds the section of a task behind the last one of a plan, with the next free id.
func (a *App) NewTask(ctx context.Context, req NewTaskRequest) (Created, error) {
	title, err := titleOf(req.Title)
	if err != nil {
		return Created{}, err
	}
	sources, _, err := a.loadAll(ctx, []string{req.Plan})
	if err != nil {
		return Created{}, err
	}
	if len(sources) != 1 {
		return Created{}, fmt.Errorf("%s has %d plans: name one", req.Plan, len(sources))
	}
	var out Created
	out.Edited, err = a.rewrite(ctx, sources[0], req.DryRun, func(p *workplan.Plan) ([]byte, []Change, error) {
		n, err := p.NextTask()
		if err != nil {
			return nil, nil, err
		}
		out.ID = p.FullID(n.ID)
		section, err := a.scaffold("task", map[string]string{
			"heading": n.Heading, "id": n.ID, "short": n.Short, "title": title, "plan": p.ID.Text, "today": a.today(),
		})
		if err != nil {
			return nil, nil, err
		}
		text, err := p.AddTask(n, string(p.Words.Spell([]byte(section))))
		if err == nil && a.Config.Template("task") == "" {
			err = readsAs(p.Words, text, out.ID, title)
		}
		return text, []Change{{ID: out.ID, Key: "title", To: title}}, a.byTemplate("task", err)
	})
	return out, err
}

// NewStepRequest says which step to add.
type NewStepRequest struct {
	Plan   string // a file or an id; "" for all plans of the workspace
	Task   string // full or short, or a plan's id for its own steps
	Kind   string
	DryRun bool
}

// NewStep adds a step of a kind, as its example is, to the steps of a task. It is put off until somebody has given it
// its own values.
func (a *App) NewStep(ctx context.Context, req NewStepRequest) (Created, error) {
	kind, ok := a.Kinds.Kind(req.Kind)
	if !ok {
		return Created{}, fmt.Errorf("no kind of step %q; %s", req.Kind, diag.OneOf(req.Kind, a.Kinds.Names()))
	}
	found, err := a.wanted(ctx, req.Plan, anItem, req.Task)
	if err != nil {
		return Created{}, err
	}
	at := found[0]
	out := Created{ID: at.id}
	step, err := a.step(kind)
	if err != nil {
		return out, err
	}
	out.Edited, err = a.rewrite(ctx, at.source, req.DryRun, func(p *workplan.Plan) ([]byte, []Change, error) {
		if p.Decision(at.id) != nil {
			return nil, nil, fmt.Errorf("%s is a decision, and has no steps", at.id)
		}
		text, err := p.AddStep(at.id, step)
		return text, []Change{{ID: at.id, Key: "step", To: req.Kind}}, a.byTemplate("step", err)
	})
	return out, err
}

// step is the text of a new step of a kind, without its dash.
func (a *App) step(kind check.Kind) (string, error) {
	text, err := a.scaffold("step", map[string]string{"kind": kind.Name, "example": strings.TrimRight(kind.Example, "\n")})
	if err != nil {
		return "", err
	}
	var out []string
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		line = strings.TrimRight(line, "\r")
		bare, ok := strings.CutPrefix(line, "  ")
		if i == 0 {
			bare, ok = strings.CutPrefix(line, "- ")
		}
		if !ok && strings.TrimSpace(line) != "" {
			return "", fmt.Errorf("the template of steps, %s, is not one item of a list: %q", a.relative(a.Config.Template("step")), line)
		}
		out = append(out, bare)
	}
	return strings.Join(out, "\n") + "\n", nil
}
