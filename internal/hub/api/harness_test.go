package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/hubtest"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

// world is a hub on a real listener, and those who use it.
type world struct {
	t        *testing.T
	Database string
	Store    *store.Store
	Base     string
	Tokens   map[hub.Role]string
	skew     atomic.Int64
	keys     atomic.Int64
	http     *http.Client
}

// everywhere runs a test on SQLite and on PostgreSQL.
func everywhere(t *testing.T, limits Limits, test func(*testing.T, *world)) {
	hubtest.Everywhere(t, func(t *testing.T, database string) { test(t, newWorld(t, database, limits)) })
}

var generous = Limits{Rate: 1e6, Burst: 1e6}

func newWorld(t *testing.T, database string, limits Limits) *world {
	t.Helper()
	w := &world{t: t, Database: database, Tokens: map[hub.Role]string{}}
	st, err := store.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	st.AuditKept = 24 * time.Hour // before anybody reads it
	st.Now = func() time.Time { return time.Now().Add(time.Duration(w.skew.Load())) }
	w.Store = st
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	srv := &Server{Store: st, Log: hclog.NewNullLogger(), Limits: limits}
	go func() { done <- srv.Serve(ctx, l, nil) }()
	t.Cleanup(func() {
		w.http.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	w.Base = "http://" + l.Addr().String()
	w.http = newClient(t)
	for _, role := range hub.Roles {
		w.Tokens[role] = w.token(hub.Token{Name: "the-" + string(role), Role: role})
	}
	return w
}

func newClient(t *testing.T) *http.Client {
	return &http.Client{Transport: &conforming{t: t, next: &http.Transport{MaxIdleConnsPerHost: 64}}, Timeout: time.Minute}
}

func (w *world) token(t hub.Token) string {
	w.t.Helper()
	text, _, err := w.Store.CreateToken(w.t.Context(), t)
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

func TestMain(m *testing.M) {
	if database := os.Getenv(serveEnv); database != "" {
		fmt.Fprintln(os.Stderr, serveHub(database))
		os.Exit(1)
	}
	hubtest.Main(m)
}

// answered is a response that was read.
type answered struct {
	Status int
	Header http.Header
	Text   []byte
	Record hub.Record
	hub.Problem
}

// call is a request.
type call struct {
	Role   hub.Role
	Token  string
	Method string
	Path   string
	Body   any
	Header map[string]string
}

// do sends a request: PUT, PATCH and POST get the headers that they need, where the call does not set them.
func (w *world) do(c call) answered {
	w.t.Helper()
	a, err := w.try(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) try(c call) (answered, error) {
	var body io.Reader
	switch b := c.Body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return answered{}, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequest(c.Method, w.Base+c.Path, body)
	if err != nil {
		return answered{}, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	switch c.Method {
	case "PUT":
		req.Header.Set("If-None-Match", "*")
	case "PATCH", "POST":
		req.Header.Set("Idempotency-Key", fmt.Sprintf("key-%d", w.keys.Add(1)))
	}
	token := c.Token
	if token == "" {
		token = w.Tokens[c.Role]
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for name, value := range c.Header {
		if req.Header.Del(name); value != "" {
			req.Header.Set(name, value)
		}
	}
	res, err := w.http.Do(req)
	if err != nil {
		return answered{}, err
	}
	defer res.Body.Close()
	a := answered{Status: res.StatusCode, Header: res.Header}
	if a.Text, err = io.ReadAll(res.Body); err != nil {
		return a, err
	}
	if res.Header.Get("Content-Type") == "application/problem+json" {
		return a, json.Unmarshal(a.Text, &a.Problem)
	}
	_ = json.Unmarshal(a.Text, &a.Record)
	return a, nil
}

// want sends a request that is to be answered with a status and, where it is a refusal, a code.
func (w *world) want(status int, code hub.Code, c call) answered {
	w.t.Helper()
	a := w.do(c)
	if a.Status != status || a.Code != code {
		w.t.Errorf("%s %s as %s: %d %s, wanted %d %s: %.500s", c.Method, c.Path, c.Role, a.Status, a.Code, status, code, a.Text)
	}
	return a
}

// plan makes a workstream and a task, and returns their addresses.
func (w *world) plan(name string) (workstream, task string) {
	w.t.Helper()
	id, err := hubid.Workstream("web", name)
	if err != nil {
		w.t.Fatal(err)
	}
	taskID, _ := hubid.Task(id, name+"-T01")
	workstream = "/v1/workstreams/" + id
	task = workstream + "/tasks/" + taskID
	w.want(201, "", call{Role: hub.Agent, Method: "PUT", Path: workstream, Body: hub.Workstream{Repo: "web", Plan: name, Title: "The web"}})
	w.want(201, "", call{Role: hub.Agent, Method: "PUT", Path: task, Body: hub.Task{Key: name + "-T01", Title: "Begin"}})
	return workstream, task
}

func newID(t testing.TB) string {
	id, err := hubid.New()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// conforming holds requests and answers against the OpenAPI document.
type conforming struct {
	t    *testing.T
	next http.RoundTripper
}

type document struct {
	text     map[string]any
	compiler *jsonschema.Compiler
	mu       sync.Mutex
	schemas  map[string]*jsonschema.Schema
	seen     map[string]bool
}

var spec = sync.OnceValue(func() *document {
	raw, err := OpenAPI()
	if err != nil {
		panic(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		panic(err)
	}
	d := &document{text: doc.(map[string]any), compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}, seen: map[string]bool{}}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource("hub.json", doc); err != nil {
		panic(err)
	}
	return d
})

// template finds the path of the document that an address belongs to.
func (d *document) template(path string) string {
	parts := strings.Split(path, "/")
	for t := range d.text["paths"].(map[string]any) {
		want := strings.Split(t, "/")
		same := len(want) == len(parts)
		for i := 0; same && i < len(want); i++ {
			same = want[i] == parts[i] || strings.HasPrefix(want[i], "{")
		}
		if same {
			return t
		}
	}
	return ""
}

func (d *document) check(pointer string, body []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.schemas[pointer]
	if s == nil {
		var err error
		if s, err = d.compiler.Compile("hub.json#" + pointer); err != nil {
			return err
		}
		d.schemas[pointer] = s
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func escape(s string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(s) }

func (c *conforming) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	res, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	d := spec()
	t := d.template(r.URL.Path)
	if t == "" || res.StatusCode == http.StatusMethodNotAllowed || strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res, nil
	}
	got, err := io.ReadAll(res.Body)
	res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(got))
	if err != nil {
		return res, nil //nolint:nilerr // whoever reads the body meets it
	}
	method := strings.ToLower(r.Method)
	form := res.Header.Get("Content-Type")
	at := "/paths/" + escape(t) + "/" + method
	d.mu.Lock()
	d.seen[method+" "+t] = true
	d.mu.Unlock()
	if err := d.check(fmt.Sprintf("%s/responses/%d/content/%s/schema", at, res.StatusCode, escape(form)), got); err != nil {
		c.t.Errorf("%s %s: the answer %d is not as described: %v\n%.300s", r.Method, r.URL.Path, res.StatusCode, err, got)
	}
	if len(sent) > 0 && res.StatusCode < 400 {
		if err := d.check(at+"/requestBody/content/"+escape(r.Header.Get("Content-Type"))+"/schema", sent); err != nil {
			c.t.Errorf("%s %s: an accepted request is not as described: %v\n%.300s", r.Method, r.URL.Path, err, sent)
		}
	}
	return res, nil
}
