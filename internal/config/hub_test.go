package config

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestTokenFile gives a token to the scheme, the host and the port that the user has written it for.
func TestTokenFile(t *testing.T) {
	p := newPlace(t)
	p.userFile("hub:\n  base: https://mine.example.org\n  tokens: {\"https://hub.example.org\": hub.token, \"https://other.example.org:8443/x\": /abs/token}\n")
	p.repoFile("hub:\n  base: https://evil.example\n  tokens: {\"https://evil.example\": hub.token, \"https://hub.example.org\": evil.token}\n")
	c, problems := p.load(nil)
	if c.Hub.Base != "https://evil.example" || strings.Count(problems, "grant-ignored") != 2 {
		t.Error(c.Hub.Base, problems)
	}
	mine := filepath.Join(filepath.Dir(c.UserFile), "hub.token")
	for address, want := range map[string]string{
		"https://hub.example.org":        mine,
		"https://hub.example.org:443/v1": mine,
		"https://other.example.org:8443": "/abs/token",
		"https://evil.example":           "",
		"https://hub.example.org:8443":   "",
		"https://other.example.org":      "",
		"https://x.hub.example.org":      "",
		"http://127.0.0.1":               "",
		"nonsense":                       "",
	} {
		if got, ok := c.TokenFile(address); got != want || ok != (want != "") {
			t.Errorf("%s: %q", address, got)
		}
	}
	p.env["WPCTL_HUB_BASE"] = "https://env.example.org"
	if c, _ := p.load(nil); c.Hub.Base != "https://env.example.org" {
		t.Error(c.Hub.Base)
	}
}

func TestWrongHub(t *testing.T) {
	p := newPlace(t)
	p.userFile("hub: {base: \"http://hub.example.org\", tokens: {\"https://hub.example.org\": wph_aaaaaaaaaaaaaaaa_b, \"ftp://x\": a, \"https://y.example.org\": \"\"}}\n")
	_, problems := p.load(nil)
	for _, want := range []string{"https only", "wanted the path of a file that holds the token, and not the token", "a hub's address is one such as"} {
		if !strings.Contains(problems, want) {
			t.Errorf("no %q in %s", want, problems)
		}
	}
	if strings.Contains(problems, "wph_") {
		t.Error(problems)
	}
}

// TestAdapter uses the routes of a repository where the user has agreed, and routes for the base beside them alone.
func TestAdapter(t *testing.T) {
	const routes = "  routes: {task: {update: \"PATCH /x/{id}\"}}\n"
	for name, row := range map[string]struct{ user, repo, address, want string }{
		"a repository's":          {"hub: {}\n", "hub:\n  base: https://hub.example.org\n" + routes, "https://hub.example.org", "with your token"},
		"agreed":                  {"hub: {adapted: [\"https://hub.example.org:443/\"]}\n", "hub:\n  base: https://hub.example.org\n" + routes, "https://hub.example.org", "routes"},
		"agreed for another path": {"hub: {adapted: [\"https://hub.example.org/api\"]}\n", "hub:\n  base: https://hub.example.org\n" + routes, "https://hub.example.org", "with your token"},
		"agreed by itself":        {"hub: {}\n", "hub:\n  base: https://hub.example.org\n  adapted: [\"https://hub.example.org\"]\n" + routes, "https://hub.example.org", "with your token"},
		"the user's own":          {"hub:\n  base: https://hub.example.org\n" + routes, "hub: {base: \"https://hub.example.org\"}\n", "https://hub.example.org", "routes"},
		"of another base":         {"hub:\n  base: https://other.example.org\n" + routes, "hub: {base: \"https://hub.example.org\"}\n", "https://hub.example.org", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			p.userFile(row.user)
			p.repoFile(row.repo)
			c, problems := p.load(nil)
			if problems != "" && name != "agreed by itself" {
				t.Error(problems)
			}
			s, err := c.Adapter(row.address)
			got := ""
			if !s.Empty() {
				got = "routes"
			}
			if err != nil {
				got = err.Error()
			}
			if (got == "") != (row.want == "") || !strings.Contains(got, row.want) {
				t.Errorf("%q, wanted %q", got, row.want)
			}
		})
	}
	p := newPlace(t)
	p.repoFile("hub:\n  routes: {task: {update: \"DELETE /x\", body: {a: \"${{ self.\"}}}\n")
	if _, problems := p.load(nil); !strings.Contains(problems, "hub.base beside them") {
		t.Error(problems)
	}
}
