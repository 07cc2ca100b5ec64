package main

import (
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// outside is a world of servers and files that say the given texts in every place where a step looks.
type outside struct {
	*process
	texts    []string
	addr     string // of the web server
	registry string
	inputs   map[string]bool // files that were there before, and may hold the texts
}

func newOutside(t *testing.T, texts ...string) *outside {
	t.Helper()
	o := &outside{process: newProcess(t, os.DevNull), texts: texts, inputs: map[string]bool{}}
	site := httptest.NewServer(http.HandlerFunc(o.serve))
	t.Cleanup(site.Close)
	o.addr = site.Listener.Addr().String()
	registry, err := testsrv.StartRegistry(testsrv.RegistryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(registry.Close)
	o.registry = registry.Addr
	for i, text := range texts {
		c := testsrv.Web()
		c.Labels, c.Env = map[string]string{"says": text}, []string{"SAYS=" + text}
		image, err := testsrv.ImageOf(c)
		if err == nil {
			_, err = registry.Push(fmt.Sprintf("web%d:1", i), image)
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(map[string]any{"says": text, text: 1})
		if err != nil {
			t.Fatal(err)
		}
		o.input(t, fmt.Sprintf("in/%d.txt", i), text)
		o.input(t, fmt.Sprintf("in/%d.json", i), string(data))
		o.input(t, fmt.Sprintf("in/named%d/%s.txt", i, nameOf(text)), "a text")
	}
	return o
}

// nameOf is a text as the name of a file, where it can be one.
func nameOf(text string) string {
	if strings.ContainsAny(text, "/\x00") || len(text) > 200 || !utf8.ValidString(text) {
		return "a name"
	}
	return text
}

// input writes a file that may hold the texts.
func (o *outside) input(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(o.dir, filepath.Dir(name)), 0o755); err != nil {
		t.Fatal(err)
	}
	o.file(t, name, text)
	o.inputs[filepath.Join(o.dir, name)] = true
}

// serve says text N at /N/HOW.
func (o *outside) serve(w http.ResponseWriter, r *http.Request) {
	parts := strings.SplitN(r.URL.Path, "/", 4)
	i, err := strconv.Atoi(parts[1])
	if err != nil || i >= len(o.texts) {
		http.NotFound(w, r)
		return
	}
	text := o.texts[i]
	switch parts[2] {
	case "title":
		fmt.Fprintf(w, "<title>%s</title><p id=says title=%q>%s</p>", html.EscapeString(text), html.EscapeString(text), html.EscapeString(text))
	case "body":
		fmt.Fprint(w, text)
	case "json":
		_ = json.NewEncoder(w).Encode(map[string]any{"says": text, text: text})
	case "status":
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, text)
	case "header":
		w.Header().Set("X-Says", text)
		http.SetCookie(w, &http.Cookie{Name: "says", Value: text})
	case "redirect":
		w.Header().Set("Location", "/elsewhere?says="+url.QueryEscape(text))
		w.WriteHeader(http.StatusFound)
	case "chunks":
		for i := range len(text) {
			fmt.Fprint(w, text[i:i+1])
			if i%7 == 0 {
				w.(http.Flusher).Flush()
			}
		}
	case "reason":
		raw(w, "HTTP/1.1 500 "+text+"\r\nContent-Length: 0\r\n\r\n")
	case "nonsense":
		raw(w, text+"\r\n\r\n")
	}
}

// raw answers with bytes as they stand.
func raw(w http.ResponseWriter, answer string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_, _ = conn.Write([]byte(answer))
		conn.Close()
	}
}

// steps are looks at all places where text i is said; most of them fail and tell what they saw.
func (o *outside) steps(t *testing.T, i int) string {
	t.Helper()
	banner, err := testsrv.StartRaw(func(c net.Conn) { fmt.Fprint(c, o.texts[i]+"\r\n"); c.Close() })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(banner.Close)
	at := fmt.Sprintf("http://%s/%d", o.addr, i)
	out := []string{
		`http: {url: "` + at + `/title", title: another, select: {says: p, title: {css: p, attr: title}}}` + "\n  record: {says: self.select.says}",
		`http: {url: "` + at + `/body", body: {contains: [nothing of the kind]}}`,
		`http: {url: "` + at + `/body", body: {equals: another}}`,
		`http: {url: "` + at + `/body"}` + "\n  record: {says: self.body}\n  assert: self.body == 'another'",
		`http: {url: "` + at + `/json", json: {says: another}}` + "\n  record: {says: self.json}",
		`http: "` + at + `/status"`,
		`http: {url: "` + at + `/header", headers: {X-Says: "^another$"}}`,
		`http: {url: "` + at + `/header"}` + "\n  record: {says: self.headers}",
		`http: {url: "` + at + `/redirect", redirects: [{to: /there}]}`,
		`http: {url: "` + at + `/redirect", follow: true}`,
		`http: {url: "` + at + `/chunks", body: {contains: [nothing of the kind]}}`,
		`http: "` + at + `/reason"`,
		`http: "` + at + `/nonsense"`,
		`tcp: {address: "` + banner.Addr + `", banner: {equals: another}}`,
		fmt.Sprintf(`file: {path: in/%d.txt, contains: [nothing of the kind]}`, i),
		fmt.Sprintf(`file: {path: in/%d.txt, format: json}`, i),
		fmt.Sprintf(`file: {path: in/%d.txt, format: yaml, match: {says: another}}`, i),
		fmt.Sprintf(`file: {path: in/%d.json, format: json, match: {says: another}}`, i) + "\n  record: {says: self.data}",
		fmt.Sprintf(`file: {files: ["in/named%d/*"], contains: [nothing of the kind]}`, i),
		fmt.Sprintf(`sh: cat in/%d.txt >&2; exit 1`, i),
		fmt.Sprintf(`sh: {run: "cat in/%d.txt", stdout: {equals: another}}`, i) + "\n  record: {says: self.stdout}",
		fmt.Sprintf(`sh: {run: "cat in/%d.txt", output: json}`, i),
		fmt.Sprintf(`sh: {run: "cat in/%d.txt; sleep 30"}`, i) + "\n  timeout: 300ms",
		fmt.Sprintf(`image: {ref: "%s/web%d:1", labels: {says: "^another$"}, env: {SAYS: "^another$"}, noSecrets: true}`, o.registry, i) + "\n  record: {says: self.config.labels}",
	}
	return "- " + strings.Join(out, "\n- ")
}

// made are the texts of all files that were made, by their names.
func (o *outside) made(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(o.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || o.inputs[path] {
			return err
		}
		src, err := os.ReadFile(path)
		name, _ := filepath.Rel(o.dir, path)
		out[name] = string(src)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// verbs runs all verbs that look at or show something, with every report and both outputs, and returns all that was
// said, by what was run.
func (o *outside) verbs(t *testing.T) map[string]string {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(o.dir, "out"), 0o755); err != nil {
		t.Fatal(err)
	}
	all := func(verb string) (out []string) {
		for _, r := range []string{"junit=J", "sarif=S", "json=V", "prometheus=P", "tap=T", "markdown=M"} {
			out = append(out, "--report", strings.Replace(r, "=", "=out/"+verb+".", 1))
		}
		return append(out, "--report", "github")
	}
	said := map[string]string{}
	run := func(name string, args ...string) {
		start := time.Now()
		said[name], _ = o.wpctl(t, args...)
		t.Logf("%s: %v, %d bytes", name, time.Since(start).Round(time.Millisecond), len(said[name]))
	}
	o.env = append(o.env, "WPCTL_LOG_PATH="+filepath.Join(o.dir, "out", "log"), "GITHUB_STEP_SUMMARY="+filepath.Join(o.dir, "out", "summary"))
	run("lint", "lint", "plan.md")
	run("plan", "plan", "plan.md")
	run("trust", "trust", "plan.md")
	run("run", append([]string{"run", "plan.md", "--log-level", "trace", "--color", "always"}, all("run")...)...)
	run("run as JSON", "run", "plan.md", "--trust=all", "-o", "json", "--log-level", "trace", "--log-format", "json")
	run("verify", append([]string{"verify", "plan.md", "-v", "--grant-run", "sh"}, all("verify")...)...)
	run("verify as JSON", "verify", "plan.md", "-o", "json", "--grant-run", "sh")
	o.env = append(o.env, "GITHUB_ACTIONS=true")
	run("run for a runner", "run", "plan.md", "--trust=all")
	run("log", "log")
	run("log as JSON", "log", "-o", "json")
	if runs, _ := filepath.Glob(filepath.Join(o.dir, ".STATE", "runs", "*")); len(runs) > 0 {
		id, _, _ := strings.Cut(filepath.Base(runs[0]), ".json")
		run("log of a run", "log", id)
	}
	return said
}

// writeUnder writes a file and the folders that it lies in.
func writeUnder(dir, name, text string) error {
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}
