package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/testtools"
)

// forge is a real Gitea with a repository, ada/web, and a pull request in it.
type forge struct {
	url, root, program string
	env                []string
	token              string // of ada, who may all
	head               string // commit of the pull request
}

const giteaSettings = `I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = %[1]d
ROOT_URL = http://127.0.0.1:%[1]d/
STATIC_ROOT_PATH = %[2]s
OFFLINE_MODE = true
DISABLE_SSH = true
[database]
DB_TYPE = sqlite3
PATH = %[3]s/gitea.db
[security]
INSTALL_LOCK = true
SECRET_KEY = only-for-tests
[log]
LEVEL = Error
[repository]
ROOT = %[3]s/repositories
[indexer]
ISSUE_INDEXER_TYPE = db
[cron]
ENABLED = false
`

func startForge(t *testing.T) *forge {
	t.Helper()
	program, static := testtools.Gitea(t)
	for range 3 { // somebody else can take its port before it does
		if f := serveForge(t, program, static); f != nil {
			f.fill(t)
			return f
		}
	}
	t.Fatal("gitea does not start")
	return nil
}

// serveForge starts a Gitea without anything in it; nil is that it ended at once.
func serveForge(t *testing.T, program, static string) *forge {
	t.Helper()
	root := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	f := &forge{url: fmt.Sprintf("http://127.0.0.1:%d", port), root: root, program: program}
	f.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + root, "USER=" + os.Getenv("USER"), "GITEA_WORK_DIR=" + root, "GIT_CONFIG_NOSYSTEM=1"}
	if err := writeUnder(root, "custom/conf/app.ini", fmt.Sprintf(giteaSettings, port, static, root)); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(root, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	web := exec.Command(program, "web")
	web.Env, web.Dir, web.Stdout, web.Stderr = f.env, root, log, log
	web.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := web.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = web.Wait(); close(ended) }()
	t.Cleanup(func() { _ = web.Process.Kill(); <-ended })
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		res, err := http.Get(f.url + "/api/healthz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return f
			}
		}
		said, _ := os.ReadFile(log.Name())
		select {
		case <-ended:
			t.Logf("gitea ended: %s", said)
			return nil
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("gitea does not answer: %v\n%s", err, said)
		}
	}
}

// fill makes the people, the repository and the pull request.
func (f *forge) fill(t *testing.T) {
	t.Helper()
	f.person(t, "ada", "--admin")
	f.token = f.tokenOf(t, "ada", "all")
	f.call(t, f.token, http.MethodPost, "/user/repos", `{"name": "web", "auto_init": true, "default_branch": "main"}`, nil)
	f.call(t, f.token, http.MethodPost, "/repos/ada/web/contents/a.txt", `{"content": "aGVyZQ==", "message": "add it", "branch": "main", "new_branch": "change"}`, nil)
	var pull struct{ Head struct{ SHA string } }
	f.call(t, f.token, http.MethodPost, "/repos/ada/web/pulls", `{"title": "a change", "head": "change", "base": "main"}`, &pull)
	f.head = pull.Head.SHA
}

// admin runs Gitea's own command for administrators, and returns what it says.
func (f *forge) admin(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(f.program, append([]string{"admin"}, args...)...)
	cmd.Env, cmd.Dir = f.env, f.root
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v: %s", args, err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

func (f *forge) person(t *testing.T, name string, more ...string) {
	t.Helper()
	f.admin(t, append([]string{"user", "create", "--username", name, "--random-password", "--email", name + "@example.org", "--must-change-password=false"}, more...)...)
}

func (f *forge) tokenOf(t *testing.T, name, scopes string) string {
	t.Helper()
	return f.admin(t, "user", "generate-access-token", "--username", name, "--token-name", scopes, "--scopes", scopes, "--raw")
}

// call makes a request of Gitea's API, which is to succeed.
func (f *forge) call(t *testing.T, token, method, path, body string, out any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, f.url+"/api/v1"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, text, err)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatal(err)
	}
}

// comments and statuses are those of the pull request, one text for each, the oldest first.
func (f *forge) comments(t *testing.T) (out []string) {
	t.Helper()
	var all []struct {
		ID   int
		Body string
		User struct{ Login string }
	}
	f.call(t, f.token, http.MethodGet, "/repos/ada/web/issues/1/comments", "", &all)
	for _, c := range all {
		out = append(out, fmt.Sprintf("%d %s: %s", c.ID, c.User.Login, c.Body))
	}
	return out
}

func (f *forge) statuses(t *testing.T) []string {
	t.Helper()
	var all []struct {
		ID                           int
		Status, Context, Description string
	}
	f.call(t, f.token, http.MethodGet, "/repos/ada/web/commits/"+f.head+"/statuses", "", &all)
	out := make([]string, len(all))
	for _, s := range all {
		out[s.ID-1] = s.Status + ", " + s.Context + ": " + s.Description // the first of this Gitea
	}
	return out
}

// TestGitea posts to a real Gitea: a status and one comment, which are updated and not repeated.
func TestGitea(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Gitea, and builds it where there is none")
	}
	f := startForge(t)
	f.person(t, "bot")
	f.call(t, f.token, http.MethodPut, "/repos/ada/web/collaborators/bot", `{"permission": "write"}`, nil)
	marker := `{"body": "<!-- wpctl verify -->\nI was here first"}`
	f.call(t, f.token, http.MethodPost, "/repos/ada/web/issues/1/comments", marker, nil)

	p := newProcess(t, os.DevNull)
	plan := func(step string) {
		p.file(t, "plan.md", "---\nid: APP-WP-0001\ntype: workplan\nstatus: active\n---\n\n# A plan\n\n```task\nid: T01\nstatus: done\nverify:\n  - "+step+"\n```\n")
	}
	event := filepath.Join(p.dir, "event.json")
	p.file(t, "event.json", fmt.Sprintf(`{"pull_request": {"number": 1, "head": {"sha": %q, "repo": {"id": 1}}, "base": {"repo": {"id": 1}}}}`, f.head))
	// The environment of a job of Gitea actions: its commit is a merge that nobody sees, and the event says which is meant.
	job := append(p.env, "CI=true", "GITEA_ACTIONS=true", "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=pull_request", "GITHUB_EVENT_PATH="+event,
		"GITHUB_SERVER_URL="+f.url, "GITHUB_REPOSITORY=ada/web", "GITHUB_SHA=0123456789012345678901234567890123456789")
	verify := func(token string, want int) string {
		t.Helper()
		p.env = append(job[:len(job):len(job)], "GITEA_TOKEN="+token)
		said, exit := p.wpctl(t, "verify", "plan.md", "-q", "--report", "gitea")
		if exit != want || strings.Contains(said, token) {
			t.Fatalf("exit code %d, want %d: %s", exit, want, said)
		}
		return said
	}
	expect := func(what string, got []string, want ...string) {
		t.Helper()
		ok := len(got) == len(want)
		for i := range min(len(got), len(want)) {
			ok = ok && strings.Contains(got[i], want[i])
		}
		if !ok {
			t.Errorf("%s: %d, want %d like %q:\n%s", what, len(got), len(want), want, strings.Join(got, "\n"))
		}
	}
	// A token that may say who it is, and one that may not, as that of a job.
	for _, scopes := range []string{"write:repository,write:issue,read:user", "write:repository,write:issue"} {
		token := f.tokenOf(t, "bot", scopes)
		plan("file: missing.txt")
		verify(token, 1)
		verify(token, 1)
		broken := f.comments(t)
		expect("comments", broken, "ada: <!-- wpctl verify -->\nI was here first", "bot: <!-- wpctl verify -->\n### wpctl verify: something does not hold")
		plan("file: plan.md")
		verify(token, 0)
		verify(token, 0)
		held := f.comments(t)
		expect("comments", held, "ada: <!-- wpctl verify -->\nI was here first", "bot: <!-- wpctl verify -->\n### wpctl verify: all holds")
		if id, _, _ := strings.Cut(broken[1], " "); !strings.HasPrefix(held[1], id+" ") {
			t.Errorf("another comment: %s", held[1])
		}
	}
	expect("statuses", f.statuses(t),
		"failure, wpctl verify: 1 no longer holds", "success, wpctl verify: 1 holds", "failure, wpctl verify: 1 no longer holds", "success, wpctl verify: 1 holds")

	// Hostile texts stay texts: nobody is called, nothing is closed, no HTML is rendered.
	p.file(t, "said.txt", "@ada fixes #1 <img src=x> [a](https://example.org)\n")
	plan(`file: {path: said.txt, equals: "@ada closes #1 <img src=x> ![a](https://example.org/x.png)"}`)
	verify(f.tokenOf(t, "bot", "write:repository,write:issue,read:notification"), 1)
	comments := f.comments(t)
	_, last, _ := strings.Cut(comments[len(comments)-1], ": ")
	body, _ := json.Marshal(map[string]any{"Text": last, "Mode": "comment", "Context": "/ada/web"})
	html := f.rendered(t, string(body))
	for _, never := range []string{"<a ", "<img", "mention"} {
		if strings.Contains(html, never) {
			t.Errorf("it has %q: %s", never, html)
		}
	}

	// What is refused is told, and makes a good end one that is not.
	plan("file: plan.md")
	if said := verify("0123456789012345678901234567890123456789", 3); !strings.Contains(said, "gitea answered 401") {
		t.Error(said)
	}
	if said := verify(f.tokenOf(t, "bot", "read:repository"), 3); !strings.Contains(said, "gitea answered 403") || !strings.Contains(said, "may the token write") {
		t.Error(said)
	}
}

// rendered is markdown as Gitea shows it.
func (f *forge) rendered(t *testing.T, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/api/v1/markdown", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+f.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(text), "<code>") {
		t.Fatalf("%d %s %v", res.StatusCode, text, err)
	}
	return string(text)
}
