package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/config"
)

// Forges are those that Init knows a CI file for.
func Forges() []string { return slices.Sorted(maps.Keys(ciFiles)) }

// InitRequest says what a repository is to get beside its configuration.
type InitRequest struct {
	CI     string // one of Forges; "" for none
	Hook   bool   // a hook of git that lints before each commit
	Editor bool   // the schema of the configuration, and where editors look for it
	Agents bool   // what a coding agent is told of plans
	DryRun bool
}

// InitFile is a file that a repository gets.
type InitFile struct {
	Name    string // as the user may write it
	Text    []byte
	There   bool   // it was there before, and stays as it is
	Written bool   // now
	Add     string // what is left to a person
	instead string // what is left to them where it was there already
	mode    os.FileMode
	path    string
}

// Begun is what Init found and did.
type Begun struct {
	Plans    int      // workplans below the root
	Folders  []string // that they are in, as globs
	Unread   []string // what cannot be read, and may hold plans
	Contexts []string // of the kubeconfig
	Current  string   // of them
	Unknown  []string // names of clusters in plans that are no context
	Files    []InitFile
	Offers   []Offer // what was not asked for
	Next     []string
}

// Offer is something that Init can write as well.
type Offer struct{ Flag, What string }

// Init writes what wpctl needs in a repository: a commented configuration, and what is asked for beside it.
// A file that is there is never changed.
func (a *App) Init(ctx context.Context, req InitRequest) (Begun, error) {
	out := Begun{}
	if _, ok := ciFiles[req.CI]; req.CI != "" && !ok {
		return out, fmt.Errorf("--ci is one of %s, not %q", strings.Join(Forges(), ", "), req.CI)
	}
	root := a.Config.Root
	var seen Seen
	files := a.onlyWorkplans(ctx, a.markdownBelow(ctx, root, &seen), &seen)
	for _, u := range seen.Unread {
		out.Unread = append(out.Unread, u.String())
	}
	out.Plans, out.Folders = len(files), globsOf(root, files)
	out.Contexts, out.Current = a.Clusters.Contexts()
	named := a.clustersNamed(files)
	for _, name := range named {
		if !slices.Contains(out.Contexts, name) {
			out.Unknown = append(out.Unknown, name)
		}
	}
	if a.Config.File != "" {
		out.Files = append(out.Files, InitFile{Name: a.relative(a.Config.File), There: true, path: a.Config.File, Add: "wpctl config view --show-origin tells what holds"})
	} else {
		out.add(a.newFile(filepath.Join(root, config.FileName), configText(out, req.Editor, named)))
	}
	if err := a.initMore(ctx, req, &out); err != nil {
		return out, err
	}
	out.Offers = a.offers(ctx, req)
	out.Next = out.next()
	for i := range out.Files {
		f := &out.Files[i]
		if !req.DryRun {
			if err := a.begin(ctx, f); err != nil {
				return out, err
			}
		}
		if f.There {
			f.Add = cmp.Or(f.Add, f.instead)
		}
	}
	return out, nil
}

func (b *Begun) add(f InitFile) { b.Files = append(b.Files, f) }

// newFile is a file to be written, or one that is there.
func (a *App) newFile(path, text string) InitFile {
	f := InitFile{Name: a.relative(path), Text: []byte(text), mode: 0o644, path: path}
	if _, err := os.Lstat(path); err == nil {
		f.There = true
	}
	return f
}

// initMore adds the files that were asked for.
func (a *App) initMore(ctx context.Context, req InitRequest, out *Begun) error {
	root := a.Config.Root
	if req.CI != "" {
		ci := ciFiles[req.CI]
		f := a.newFile(filepath.Join(root, filepath.FromSlash(ci.path)), ci.text(a.installable()))
		if f.There && ci.beside != "" {
			f = a.newFile(filepath.Join(root, filepath.FromSlash(ci.beside)), ci.text(a.installable()))
			f.Add = ci.include
		}
		out.add(f)
	}
	if req.Hook {
		if !a.Config.Git {
			return errors.New("--hook is for a git checkout, and " + root + " is none: call git init first")
		}
		said, err := a.git(ctx, "rev-parse", "--git-path", "hooks")
		if err != nil {
			return fmt.Errorf("find the hooks of git: %w", err)
		}
		dir := trimmed(said)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(root, dir)
		}
		f := a.newFile(filepath.Join(dir, "pre-commit"), hookText)
		f.mode, f.instead = 0o755, "add this line to it: wpctl lint || [ $? -eq 5 ]"
		out.add(f)
	}
	if req.Editor {
		schema, err := schemaText(a)
		if err != nil {
			return err
		}
		out.add(a.newFile(filepath.Join(root, filepath.FromSlash(schemaPath)), schema))
		settings := a.newFile(filepath.Join(root, ".vscode", "settings.json"), vscodeText)
		settings.instead = `add this to it: "yaml.schemas": {"` + schemaPath + `": ".wpctl.yaml"}`
		out.add(settings)
	}
	if req.Agents {
		text := agentsText(a.Config.Hub.Base != "")
		f := a.newFile(filepath.Join(root, agentsFile), text)
		if f.There {
			f = a.newFile(filepath.Join(root, filepath.FromSlash(agentsBeside)), text)
			f.Add = "add this line to " + agentsFile + ": Before you touch a workplan, read " + agentsBeside + "."
		}
		out.add(f)
	}
	return nil
}

// begin writes a file that is not there.
func (a *App) begin(ctx context.Context, f *InitFile) error {
	if f.There {
		return nil
	}
	err := a.Files.Create(ctx, f.path, f.Text)
	switch {
	case errors.Is(err, fs.ErrExist):
		f.There = true // somebody else was faster
		return nil
	case err != nil:
		return err
	}
	f.Written = true
	if f.mode != 0o644 {
		return os.Chmod(f.path, f.mode)
	}
	return nil
}

// globsOf are patterns that find files: those of the folders that lie directly below root, or deeper where all files
// of such a folder are deeper.
func globsOf(root string, files []string) []string {
	folders := map[string]string{} // by their first part
	for _, f := range files {
		rel, err := filepath.Rel(root, f)
		if err != nil {
			continue
		}
		dir := path.Dir(filepath.ToSlash(rel))
		first, _, _ := strings.Cut(dir, "/")
		if before, ok := folders[first]; ok {
			dir = common(before, dir)
		}
		folders[first] = dir
	}
	var out []string
	for _, first := range slices.Sorted(maps.Keys(folders)) {
		if first == "." {
			out = append(out, "*.md")
			continue
		}
		out = append(out, folders[first]+"/**/*.md")
	}
	return out
}

// common is the folder that two folders are both below, or are.
func common(x, y string) string {
	for x != y {
		if len(x) > len(y) {
			x, y = y, x
		}
		y = path.Dir(y)
	}
	return x
}

// clustersNamed are the names of clusters in plans. What is wrong in the plans is left to lint.
func (a *App) clustersNamed(files []string) []string {
	names := map[string]bool{}
	for _, f := range files {
		s, _, err := a.load(f)
		if err != nil || s.plan == nil {
			continue
		}
		names[s.plan.Defaults.Cluster] = true
		for _, step := range s.plan.Steps {
			names[step.Cluster] = true
		}
		for _, t := range s.plan.Tasks {
			names[t.Cluster.Text] = true
			for _, step := range t.Steps {
				names[step.Cluster] = true
			}
		}
	}
	delete(names, "")
	return slices.Sorted(maps.Keys(names))
}

// offers are what was not asked for, the CI of the forge that the repository seems to be on first.
func (a *App) offers(ctx context.Context, req InitRequest) (out []Offer) {
	if req.CI == "" {
		forge := a.forge(ctx)
		what := "a job that tells of what no longer holds: " + ciFiles[forge].path
		out = append(out, Offer{"--ci " + forge, what})
	}
	if !req.Hook && a.Config.Git {
		out = append(out, Offer{"--hook", "a hook of git that lints plans before each commit"})
	}
	if !req.Editor {
		out = append(out, Offer{"--editor", "the JSON Schema of " + config.FileName + ", and settings for editors that check against it"})
	}
	if !req.Agents {
		out = append(out, Offer{"--agents", "what coding agents are told of plans: " + agentsFile})
	}
	return out
}

// forge guesses where the repository is hosted, by its folders and by the address that it is fetched from.
func (a *App) forge(ctx context.Context) string {
	for _, mark := range []struct{ path, forge string }{{".gitea", "gitea"}, {".forgejo", "gitea"}, {".gitlab-ci.yml", "gitlab"}, {".github", "github"}} {
		if _, err := os.Lstat(filepath.Join(a.Config.Root, mark.path)); err == nil {
			return mark.forge
		}
	}
	if a.Config.Git {
		said, _ := a.git(ctx, "config", "--get", "remote.origin.url") // none is an error
		for _, forge := range Forges() {
			if strings.Contains(strings.ToLower(trimmed(said)), forge) {
				return forge
			}
		}
	}
	return "github"
}

// next is what is to be done after Init.
func (b Begun) next() (out []string) {
	if len(b.Unknown) > 0 {
		out = append(out, "say under clusters in "+config.FileName+" which contexts these are: "+strings.Join(b.Unknown, ", "))
	}
	if b.Plans == 0 {
		out = append(out, `wpctl new plan "What is to be done" --prefix APP-WP`)
	}
	return append(out, "wpctl doctor")
}

// installable is the version of this program as go install takes it.
func (a *App) installable() string {
	if semverForm().MatchString(a.Version) {
		return "v" + a.Version
	}
	return "latest"
}
