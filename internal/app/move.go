package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// MoveRequest says which id is to be another.
type MoveRequest struct {
	Plan   string // a file or an id; "" for all plans of the workspace
	From   string // of a plan, a task or a decision; full or short
	To     string // full or short
	DryRun bool
}

// Moved is an id that was renamed.
type Moved struct {
	From, To string // full
	Files    []Edited
	Renamed  [][2]string // files that got another name, before and after
	Left     []string    // where it may stand still: one line each
}

// Move renames an id everywhere in the workspace: in the plans of this repository and of the companion repositories that
// are checked out, and in the aliases of the configuration. All files are tried before one is written, and where one
// cannot be written, those before it are put back. Where another file has the id too, as a copy of a plan has, it is
// renamed in the plan of the request alone: what names it elsewhere goes on meaning the other one.
func (a *App) Move(ctx context.Context, req MoveRequest) (Moved, error) {
	found, err := a.wanted(ctx, req.Plan, anItem, req.From)
	if err != nil {
		return Moved{}, err
	}
	w, seen, err := a.Workspace(ctx, found[0].source.path)
	if err != nil {
		return Moved{}, err
	}
	m := &moving{App: a, w: w, source: found[0].source}
	m.Left = append(m.Left, seen.All()...)
	m.twins(found[0].id)
	if err := m.rename(found[0].id, req.To); err != nil {
		return Moved{}, err
	}
	if err := m.work(); err != nil {
		return Moved{}, err
	}
	m.absent()
	if m.renamesFile() {
		to := filepath.Join(filepath.Dir(m.source.path), m.r.File[1])
		m.Renamed = append(m.Renamed, [2]string{m.source.name, m.relative(to)})
	}
	if req.DryRun {
		return m.Moved, nil
	}
	return m.Moved, m.write(ctx)
}

// moving is a renaming on its way.
type moving struct {
	*App
	Moved
	w      *workspace.Workspace
	source source // where the id is given
	r      workplan.Renaming
	twin   bool     // another file has the id too
	paths  []string // of Files
}

// twins finds other files that have the id.
func (m *moving) twins(id string) {
	for _, n := range m.w.All(id) {
		if n.ID() == id && n.Plan.Path != m.source.path {
			m.twin = true
			m.Left = append(m.Left, fmt.Sprintf("%s:%d: the other %s; what names it elsewhere means this one", n.Plan.File, n.Line(), id))
		}
	}
}

// rename finds what is to be called what.
func (m *moving) rename(from, to string) error {
	p := m.source.plan
	base := filepath.Base(m.source.path)
	m.r = workplan.Renaming{Plan: p.ID.Text, From: from, To: to, Below: map[string]bool{}, File: [2]string{base, base}}
	m.r.Other = func(id string) bool { _, ok := m.w.Find(id); return ok }
	if !idOf().MatchString(to) {
		return fmt.Errorf("%q cannot be an id: it is made of letters, digits, dots, dashes and underscores, and begins and ends with a letter or a digit", to)
	}
	if from == p.ID.Text {
		for _, v := range named(p, anItem) {
			m.r.Below[v.Text] = v.Text != from
		}
		for _, sep := range []string{".", "-", "_"} {
			if rest, ok := strings.CutPrefix(base, from+sep); ok {
				m.r.File[1] = to + sep + rest
			} else if rest, ok := strings.CutPrefix(base, to+sep); ok {
				m.r.File[0] = from + sep + rest // a renaming that was killed has come so far
			}
		}
	} else if !strings.HasPrefix(to, p.ID.Text+"-") {
		if n, ok := m.w.Find(to); ok || strings.HasPrefix(to, p.ID.Text) || slices.ContainsFunc(m.w.Plans, func(o *workspace.Plan) bool { return o.ID != "" && strings.HasPrefix(to, o.ID+"-") }) {
			if ok && n.ID() == to {
				return taken(n, to)
			}
			return fmt.Errorf("%s would be an id of another plan: a task is moved there by hand, with its section", to)
		}
		m.r.To = p.ID.Text + "-" + to
	}
	m.From, m.To = m.r.From, m.r.To
	if m.From == m.To {
		return fmt.Errorf("%s is its id already", m.To)
	}
	for id := range maps.Keys(m.r.Below) {
		if n, ok := m.w.Find(m.r.ID(id)); ok {
			return taken(n, m.r.ID(id))
		}
	}
	if n, ok := m.w.Find(m.To); ok {
		return taken(n, m.To)
	}
	return nil
}

var idOf = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`) })

func taken(n workspace.Node, id string) error {
	return fmt.Errorf("%s is taken: it is a %s at %s:%d", id, n.What(), n.Plan.File, n.Line())
}

// work makes the new texts of all files.
func (m *moving) work() error {
	for _, p := range m.w.Plans {
		src, err := m.App.Files.Read(p.Path)
		if err != nil {
			return err
		}
		if p.Path != m.source.path && (m.twin || !bytes.Contains(src, []byte(m.From))) {
			continue
		}
		out, left, err := m.text(p.Words, p.File, src)
		if err != nil {
			return err
		}
		for _, pos := range left {
			m.Left = append(m.Left, fmt.Sprintf("%s: %s", pos, strings.TrimSpace(text.NewFile(p.File, src).Line(pos.Line))))
		}
		m.add(p.Path, p.File, src, out)
	}
	if err := m.configuration(); err != nil {
		return err
	}
	// The plan that gives the id comes last, after its file has its name: a renaming that was killed can be begun again.
	if i := slices.Index(m.paths, m.source.path); i >= 0 {
		own, path := m.Moved.Files[i], m.paths[i]
		m.Moved.Files = append(slices.Delete(m.Moved.Files, i, i+1), own)
		m.paths = append(slices.Delete(m.paths, i, i+1), path)
	}
	return nil
}

// configuration renames in the configuration of the workspace.
func (m *moving) configuration() error {
	if m.Config.File == "" || m.twin {
		return nil
	}
	src, err := m.App.Files.Read(m.Config.File)
	if err != nil {
		return err
	}
	m.add(m.Config.File, m.relative(m.Config.File), src, m.aliases(src))
	return nil
}

func (m *moving) add(path, name string, old, now []byte) {
	if bytes.Equal(old, now) {
		return
	}
	m.Moved.Files = append(m.Moved.Files, Edited{Name: name, Old: old, New: now, Changes: []Change{{ID: m.To, Key: "id", From: m.From, To: m.To}}})
	m.paths = append(m.paths, path)
}

// text renames in one plan; findings that were about its steps as they are stay so.
func (m *moving) text(words workplan.Words, name string, src []byte) ([]byte, []text.Pos, error) {
	before, _ := words.Parse(name, src)
	out, left, err := before.Rename(m.r)
	if err != nil {
		return nil, nil, err
	}
	after, _ := words.Parse(name, out)
	out, err = after.Redigest(before, func(p *workplan.Plan, steps []*workplan.Step) string { return runner.Digest(m.Kinds, p, steps...) })
	return out, left, err
}

// aliases renames what aliases of the configuration mean.
func (m *moving) aliases(src []byte) []byte {
	file := text.NewFile("", src)
	var edits []text.Edit
	for _, alias := range slices.Sorted(maps.Keys(m.Config.Aliases)) {
		id := m.Config.Aliases[alias]
		to := m.r.ID(id)
		if to == id {
			continue
		}
		line := regexp.MustCompile(`(?m)(?:^|[{,\s])["']?` + regexp.QuoteMeta(alias) + `["']?\s*:\s*["']?(` + regexp.QuoteMeta(id) + `)(?:["'\s,}#]|$)`)
		if at := line.FindSubmatchIndex(file.Src); at != nil {
			edits = append(edits, text.Edit{Span: text.Span{Start: at[2], End: at[3]}, New: to})
		} else {
			m.Left = append(m.Left, fmt.Sprintf("%s: the alias %s goes on meaning %s: write %s there", m.Config.Origin("aliases."+alias), alias, id, to))
		}
	}
	out, err := text.Apply(src, edits)
	if err != nil {
		m.Left = append(m.Left, fmt.Sprintf("%s: the aliases are not renamed: %v", m.relative(m.Config.File), err))
		return src
	}
	return out
}

// absent names the repositories in which nobody has looked.
func (m *moving) absent() {
	for _, name := range slices.Sorted(maps.Keys(m.Config.Repos)) {
		if _, ok := m.Config.Repo(name); !ok {
			m.Left = append(m.Left, fmt.Sprintf("the repository %s is not checked out here, and was not looked at: %s", name, m.Config.RepoLine(name)))
		}
	}
}

// renamesFile tells whether the plan's file gets another name.
func (m *moving) renamesFile() bool {
	return filepath.Base(m.source.path) == m.r.File[0] && m.r.File[0] != m.r.File[1]
}

// write writes all files, and puts them back where one of them cannot be written.
func (m *moving) write(ctx context.Context) error {
	if err := m.sweep(ctx); err != nil {
		return fmt.Errorf("nothing was renamed: %w", err)
	}
	for i := range m.Moved.Files {
		f := &m.Moved.Files[i]
		if err := m.moveFile(ctx, i); err != nil {
			return m.back(ctx, i, err)
		}
		written, err := m.App.Files.Update(ctx, m.paths[i], func(src []byte) ([]byte, error) {
			if bytes.Equal(src, f.Old) {
				return f.New, nil
			}
			return nil, errors.New("it was changed meanwhile")
		})
		if f.Written = written; err != nil {
			return m.back(ctx, i+1, err)
		}
	}
	return nil
}

// moveFile gives the plan's file its new name when all other files are written.
func (m *moving) moveFile(ctx context.Context, i int) error {
	if m.paths[i] != m.source.path || !m.renamesFile() {
		return nil
	}
	to := filepath.Join(filepath.Dir(m.source.path), m.r.File[1])
	renamed, err := m.App.Files.Rename(ctx, m.source.path, to)
	if renamed {
		m.paths[i] = to
	}
	return err
}

// sweep clears away what a killed renaming left beside the files that it had written before.
func (m *moving) sweep(ctx context.Context) error {
	folders := map[string]bool{}
	for _, p := range m.w.Plans {
		folders[filepath.Dir(p.Path)] = true
	}
	if m.Config.File != "" {
		folders[filepath.Dir(m.Config.File)] = true
	}
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		if err := m.App.Files.Sweep(ctx, dir); err != nil {
			return err
		}
	}
	return nil
}

// back puts those of the first n files back that were written, and says which could not be.
func (m *moving) back(ctx context.Context, n int, err error) error {
	ctx = context.WithoutCancel(ctx)
	var stuck []string
	if last := len(m.paths) - 1; last >= 0 && m.paths[last] != m.source.path && m.Moved.Files[last].Name == m.source.name {
		renamed, failed := m.App.Files.Rename(ctx, m.paths[last], m.source.path)
		if renamed {
			m.paths[last] = m.source.path
		} else {
			stuck = append(stuck, failed.Error())
		}
	}
	for i := range n {
		f := &m.Moved.Files[i]
		if !f.Written {
			continue
		}
		written, failed := m.App.Files.Update(ctx, m.paths[i], func(src []byte) ([]byte, error) {
			if bytes.Equal(src, f.New) {
				return f.Old, nil
			}
			return nil, errors.New("it was changed meanwhile")
		})
		if !written {
			stuck = append(stuck, fmt.Sprintf("%s (%v)", f.Name, failed))
			continue
		}
		f.Written = false
	}
	if len(stuck) == 0 {
		return fmt.Errorf("nothing was renamed: %w", err)
	}
	return fmt.Errorf("%w; what was written before could not be put back in %s", err, strings.Join(stuck, ", "))
}
