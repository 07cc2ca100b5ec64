package board_test

import (
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub/board"
)

func TestForges(t *testing.T) {
	f := board.Forges{Base: "https://git.example.org/team", Hosts: map[string]board.Forge{
		"git.example.org": {Kind: "gitea"}, "lab.example.org": {Kind: "gitlab"}, "fj.example.org": {Kind: "forgejo", Address: "http://fj.example.org:3000/git"},
	}}
	const sha = "0123456789abcdef0123456789abcdef01234567"
	for _, tt := range []struct {
		repo, file, ref string
		line            int
		want            string
	}{
		{"web", "workplans/W-1.md", "main", 12, "https://git.example.org/team/web/src/branch/main/workplans/W-1.md#L12"},
		{"web", "workplans/W-1.md", sha, 0, "https://git.example.org/team/web/src/commit/" + sha + "/workplans/W-1.md"},
		{"web", "W 1%#?.md", "", 3, "https://git.example.org/team/web/src/W%201%25%23%3F.md#L3"},
		{"web", "W.md", "feature/x", 3, "https://git.example.org/team/web/src/branch/feature/x/W.md#L3"},
		{"github.com/owner/name", "a/b.md", "", 7, "https://github.com/owner/name/blob/HEAD/a/b.md#L7"},
		{"https://github.com/owner/name.git", "b.md", sha, 7, "https://github.com/owner/name/blob/" + sha + "/b.md#L7"},
		{"https://user:secret@github.com/owner/name.git", "b.md", "", 7, "https://github.com/owner/name/blob/HEAD/b.md#L7"},
		{"git@github.com:owner/name.git", "b.md", "", 7, "https://github.com/owner/name/blob/HEAD/b.md#L7"},
		{"ssh://git@lab.example.org:2222/a/b/c.git", "b.md", "main", 1, "https://lab.example.org/a/b/c/-/blob/main/b.md#L1"},
		{"fj.example.org/a/b", "b.md", "main", 1, "http://fj.example.org:3000/git/a/b/src/branch/main/b.md#L1"},
		{"codeberg.org/a/b", "./b.md", "", 0, "https://codeberg.org/a/b/src/b.md"},
		{"elsewhere.example/a/b", "b.md", "", 0, ""},
		{"javascript:alert(1)", "b.md", "", 0, ""},
		{"javascript://github.com/a/b", "b.md", "", 0, ""},
		{"data://github.com/a", "b.md", "", 0, ""},
		{"file:///etc/passwd", "b.md", "", 0, ""},
		{"//github.com/a/b", "b.md", "", 0, ""},
		{"web/../../other", "b.md", "", 0, ""},
		{"github.com/a/../..", "b.md", "", 0, ""},
		{"web", "../b.md", "", 0, ""},
		{"web", "a/../../b.md", "", 0, ""},
		{"web", "/etc/passwd", "", 0, ""},
		{"web", "b.md", "../x", 0, ""},
		{"web", "b\nc.md", "", 0, ""},
		{"web", "a\\b.md", "", 0, ""},
		{"web\u202e", "b.md", "", 0, ""},
		{"", "b.md", "", 0, ""},
		{"web", "", "", 0, ""},
	} {
		if got := f.File(tt.repo, tt.file, tt.ref, tt.line); got != tt.want {
			t.Errorf("%q %q %q: %q, wanted %q", tt.repo, tt.file, tt.ref, got, tt.want)
		}
	}
	if got := (board.Forges{}).File("web", "a.md", "", 1); got != "" {
		t.Error(got)
	}
}

func TestParseForge(t *testing.T) {
	for text, good := range map[string]bool{
		"git.example.org=gitea": true, "Git.Example.org:3000=github": true, "a=forgejo@http://a:3000/x": true,
		"": false, "gitea": false, "a=": false, "=gitea": false, "a=svn": false, "a/b=gitea": false, "a=gitea@": false, "a=gitea@javascript:x": false, "a=gitea@https://u:p@h": false,
	} {
		host, _, err := board.ParseForge(text)
		if (err == nil) != good || host != strings.ToLower(host) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzForges: whatever a plan says, links lead to http addresses, and to known hosts.
func FuzzForges(f *testing.F) {
	f.Add("github.com/a/b", "c.md", "main")
	f.Add("git@github.com:a/b", "c.md", "main")
	f.Add("web", "c.md", "main")
	f.Fuzz(func(t *testing.T, repo, file, ref string) {
		got := board.Forges{Base: "https://git.example.org/team", Hosts: map[string]board.Forge{"git.example.org": {Kind: "gitea"}}}.File(repo, file, ref, 1)
		if got == "" {
			return
		}
		for _, host := range []string{"github.com", "gitlab.com", "codeberg.org", "gitea.com", "git.example.org"} {
			for _, scheme := range []string{"https://", "http://"} {
				if rest, ok := strings.CutPrefix(strings.ToLower(got), scheme+host); ok && (rest[0] == '/' || rest[0] == ':') {
					return
				}
			}
		}
		t.Errorf("%q %q %q leads to %q", repo, file, ref, got)
	})
}
