package steps

import (
	"errors"
	"slices"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// A stranger's plan reads files that git knows, on the way on which git knows them.
func TestFilesOfStrangers(t *testing.T) {
	at := localSite(t, map[string]string{
		"a.txt": "a", "docs/a.txt": "a", "left.txt": "a job left it", ".git/config": "url", "docs/.GIT/config": "url", "link.txt": "-> a.txt", "links": "-> docs",
	})
	at.Untrusted = true
	at.Tracked = func(path string) bool {
		return slices.Contains([]string{"a.txt", "docs", "docs/a.txt", ".git/config", "docs/.GIT/config", "link.txt", "links", "links/a.txt"}, path)
	}
	for path, want := range map[string]string{
		"a.txt": "", "docs/a.txt": "", "docs/../a.txt": "",
		"nothing.txt":      "nothing.txt is no file of the repository, and this plan is not trusted",
		"left.txt":         "left.txt is no file of the repository, and this plan is not trusted",
		".git/config":      ".git/config lies in .git, and this plan is not trusted",
		"docs/.GIT/config": "docs/.GIT/config lies in .git, and this plan is not trusted",
		"link.txt":         "link.txt is reached through a link, and this plan is not trusted",
		"links/a.txt":      "links/a.txt is reached through a link, and this plan is not trusted",
	} {
		_, err := readFile(at, path)
		var denied *check.Denied
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", path, err)
		case want != "" && (!errors.As(err, &denied) || err.Error() != want):
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	at.Tracked = nil // where git says nothing, nothing is read
	if _, err := readFile(at, "a.txt"); err == nil {
		t.Error("a file of which git says nothing is read")
	}
}
