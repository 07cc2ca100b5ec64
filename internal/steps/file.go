package steps

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// fileArgs are the fields of a file step.
type fileArgs struct {
	Path       string         `yaml:"path" doc:"the file, inside the checkout; required but for files"`
	Files      []string       `yaml:"files" doc:"instead of path: globs of files, each of which must be as wanted; ** stands for any folders"`
	Absent     bool           `yaml:"absent" doc:"nothing may be there"`
	Headings   []string       `yaml:"headings" doc:"headings that must be there, literally; the file is markdown"`
	Format     string         `yaml:"format" enum:"yaml|json|toml|text" doc:"what it must be valid as; decoded as self.data"`
	Match      map[string]any `yaml:"match" doc:"expect these parts of its data, as in k8s; with format"`
	SHA256     string         `yaml:"sha256" doc:"its checksum, in hexadecimal"`
	Mode       string         `yaml:"mode" doc:"its permissions, in octal: 0644"`
	Executable *bool          `yaml:"executable" doc:"whether its owner may execute it"`
	MinSize    int64          `yaml:"minSize" doc:"how many bytes it must have at least"`
	Text
}

// fileSelf is what a file step saw.
type fileSelf struct {
	Path     string   `json:"path" doc:"as written"`
	Size     int64    `json:"size" doc:"in bytes"`
	Mode     string   `json:"mode" doc:"its permissions, in octal: 0644"`
	Text     string   `json:"text" doc:"all of it"`
	Data     any      `json:"data,omitempty" doc:"decoded, where format is written; of several YAML documents, a list"`
	SHA256   string   `json:"sha256" doc:"its checksum, in hexadecimal"`
	Headings []string `json:"headings" doc:"those of a markdown file, in order"`
	Files    []string `json:"files" doc:"the names of those that files matches; then the rest is of the first that is not as wanted, else of the last"`
}

// maxFile is how large a file may be. A larger one is unknown rather than half read.
const maxFile = 16 << 20

// fileKind looks at a file of the checkout.
//
// What it makes of trouble: a file that is not there, or is no regular file, is a finding; one that may not be read or is
// too large is unknown; a path that leads out of the checkout, through symbolic links too, is denied.
// An absolute symbolic link counts as leading out, wherever it leads.
func fileKind() check.Kind {
	return check.Define(check.Spec[fileArgs]{
		Name:    "file",
		Doc:     "Expect a file to exist, and its text, headings, format and data to be as wanted.",
		Bare:    "path",
		Example: `file: {path: docs/runbook.md, headings: [Rollback, Secrets, Backup posture], contains: [], lacks: []}`,
		Self:    fileSelf{},
		Caps:    []check.Capability{check.ReadsFiles},
		Check:   fileCheck,
		Target:  fileArgs.target,
		Look:    fileLook,
		Draft:   fileDraft,
	})
}

var (
	sumPattern  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(sha256:)?[0-9a-fA-F]{64}$`) })
	modePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^0?[0-7]{3}$`) })
)

func fileCheck(a fileArgs) (out []check.Problem) {
	bad := func(field, message, hint string) {
		out = append(out, check.Problem{Path: []any{field}, Message: message, Hint: hint})
	}
	if a.Files != nil {
		out = append(out, globProblems(a.Files, "files")...)
		if a.Path != "" || len(a.Files) == 0 {
			bad("files", "a step looks at one path, or at all that globs match", "leave one out")
		}
	} else if strings.TrimSpace(a.Path) == "" || strings.Contains(a.Path, "\x00") {
		bad("path", "this is no path", "such as docs/runbook.md; or globs in files")
	} else if !filepath.IsAbs(a.Path) && !filepath.IsLocal(a.Path) {
		bad("path", "the path leads out of the checkout", "name the other repository with repo, and the path inside it")
	}
	if a.SHA256 != "" && !sumPattern().MatchString(a.SHA256) {
		bad("sha256", "this is no SHA-256", "64 hexadecimal digits")
	}
	if a.Mode != "" && !modePattern().MatchString(a.Mode) {
		bad("mode", "these are no permissions", "three octal digits: 0644")
	}
	if a.Match != nil && (a.Format == "" || a.Format == "text") {
		bad("match", "parts can be told of data only", "say its format: yaml, json or toml")
	}
	if a.MinSize < 0 {
		bad("minSize", "a size cannot be negative", "")
	}
	if a.Absent && a.wantsContent() {
		bad("absent", "what is absent has no content", "leave out either absent or what is wanted of the content")
	}
	return out
}

func (a fileArgs) target() string {
	if a.Files != nil {
		return strings.Join(a.Files, ", ")
	}
	return a.Path
}

// wantsContent tells whether anything but the file's existence matters.
func (a fileArgs) wantsContent() bool {
	t := a.Text
	return a.Headings != nil || a.Format != "" || a.Match != nil || a.SHA256 != "" || a.Mode != "" || a.Executable != nil || a.MinSize > 0 ||
		t.Equals != nil || t.Contains != nil || t.Lacks != nil || t.Only != nil || t.Matches != nil
}

func fileLook(ctx context.Context, at check.Site, a fileArgs) (check.Result, error) {
	if a.Files != nil {
		return filesLook(ctx, at, a)
	}
	f, err := readFile(at, a.Path)
	if err != nil {
		return check.Result{}, err
	}
	self := fileSelf{Path: a.Path, Headings: []string{}, Files: []string{}}
	if f.none != "" {
		if a.Absent && f.missing {
			return check.Result{OK: true, Saw: f.none, Self: self}, nil
		}
		want := "a file"
		if a.Absent {
			want = "nothing"
		}
		return check.Result{Want: want + " at " + a.Path, Saw: f.none, Why: f.why, Self: self}, nil
	}
	if a.Absent {
		return check.Result{Want: "nothing at " + a.Path, Saw: "a file", Self: self}, nil
	}
	sum := sha256.Sum256(f.data)
	self.Size, self.SHA256, self.Mode = int64(len(f.data)), hex.EncodeToString(sum[:]), fmt.Sprintf("%04o", f.mode)
	self.Text = strings.ToValidUTF8(string(f.data), "�")
	return netVerdict("there", fileJudge(a, f, &self), nil, self), nil
}

// fileJudge compares a file with what is wanted, and decodes it into self.
func fileJudge(a fileArgs, f file, self *fileSelf) (ms []Mismatch) {
	add := func(want, saw string) { ms = append(ms, Mismatch{want, saw}) }
	if want := strings.ToLower(strings.TrimPrefix(a.SHA256, "sha256:")); want != "" && want != self.SHA256 {
		add("sha256 "+want, "sha256 "+self.SHA256)
	}
	if want, _ := strconv.ParseUint(a.Mode, 8, 32); a.Mode != "" && uint32(want) != f.mode {
		add(fmt.Sprintf("mode %04o", want), "mode "+self.Mode)
	}
	if runs := f.mode&0o100 != 0; a.Executable != nil && runs != *a.Executable {
		add(fmt.Sprintf("executable %t", *a.Executable), fmt.Sprintf("executable %t", runs))
	}
	if self.Size < a.MinSize {
		add(fmt.Sprintf("at least %d bytes", a.MinSize), fmt.Sprintf("%d bytes", self.Size))
	}
	if a.Headings != nil || isMarkdown(a.Path) {
		self.Headings = headings(f.data)
		ms = append(ms, missingHeadings(a.Headings, self.Headings)...)
	}
	data, err := decodeFile(a.Format, f.data)
	if err != nil {
		add("valid "+strings.ToUpper(a.Format), err.Error())
	}
	self.Data = data
	if a.Match != nil && err == nil {
		ms = append(ms, partMismatches("", a.Match, data)...)
	}
	return append(ms, a.Text.Check("text", self.Text)...)
}
