package main

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the floor
	_ "modernc.org/sqlite"             // likewise

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// hubClients is how many ask a hub at once.
const hubClients = 200

// hubLoad is how long they go on, for each figure.
const hubLoad = 5 * time.Second

// hubWorlds are the numbers of workstreams, of 100 tasks each, that a hub is measured with: how the figures grow.
var hubWorlds = []int{100, 1000}

// hub measures a hub under load, on SQLite and on PostgreSQL: how fast it takes a world of tasks beside bare inserts of
// the same rows, and what 200 clients that write and read get of it then.
func (b *bench) hub() error {
	for _, streams := range hubWorlds {
		if err := b.hubOn("SQLite", b.path(fmt.Sprintf("hub%d.db", streams)), streams); err != nil {
			return err
		}
	}
	for _, streams := range hubWorlds {
		server, err := b.startPostgres()
		if server == nil || err != nil {
			return err
		}
		u := url.URL{Scheme: "postgres", User: url.UserPassword("boss", testsrv.PostgresPassword), Host: server.Addr, Path: "/postgres", RawQuery: "sslmode=require"}
		err = b.hubOn("PostgreSQL", u.String(), streams)
		server.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// hubOn measures one database with so many workstreams of 100 tasks each.
func (b *bench) hubOn(kind, database string, streams int) error {
	floor, err := bareInserts(b.path("floor.db"), database, streams*100)
	if err != nil {
		return fmt.Errorf("the floor: %w", err)
	}
	h, err := b.startHub(database)
	if err != nil {
		return err
	}
	defer h.end()
	empty := h.memory()
	world := make([][]string, streams) // of each workstream its id and those of its tasks
	began := time.Now()
	if err := h.all(streams, 16, func(c *hubClient, i int) (err error) {
		world[i], err = c.makePlan(i)
		return err
	}); err != nil {
		return err
	}
	took := time.Since(began)
	b.put(Row{Name: fmt.Sprintf("%s: %d tasks in %d workstreams", kind, streams*100, streams), Unit: "s", Got: took.Seconds(), Floor: new(floor.Seconds())})
	b.addFigure("memory before", "B", empty, 0)
	b.addFigure("memory after them", "B", h.memory(), 0)
	for _, load := range []struct {
		name string
		do   func(c *hubClient, stream []string, n int) error
	}{
		{"one write each", (*hubClient).write},
		{"syncs of 10 writes", (*hubClient).sync},
		{"reads of changes", (*hubClient).changes},
		{"reads of a task", (*hubClient).task},
	} {
		times, err := h.under(world, load.do)
		if err != nil {
			return fmt.Errorf("%s: %w", load.name, err)
		}
		b.addFigure(fmt.Sprintf("%s, %d clients", load.name, hubClients), "a second", float64(len(times))/hubLoad.Seconds(), 0)
		b.addFigure("… half within", "s", times[len(times)/2].Seconds(), 0)
		b.addFigure("… 99 of 100 within", "s", times[len(times)*99/100].Seconds(), 0)
	}
	b.addFigure("memory at the end", "B", h.memory(), 0)
	return nil
}

// bareInserts is the least that keeps so many rows: inserts of 500 a transaction, in a table with one index.
func bareInserts(file, database string, rows int) (time.Duration, error) {
	driver, source := "pgx", database
	if !strings.HasPrefix(database, "postgres") {
		driver, source = "sqlite", "file:"+file+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
		defer os.Remove(file)
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }() // it is removed anyway
	if _, err := db.Exec(`CREATE TABLE bare (workstream TEXT, id TEXT, body TEXT, PRIMARY KEY (workstream, id))`); err != nil {
		return 0, err
	}
	body := `{"key":"BENCH-WP-0001-T01","status":"todo","title":"A task of the benchmark, with a title of usual length"}`
	began := time.Now()
	for done := 0; done < rows; done += 500 {
		tx, err := db.Begin()
		if err != nil {
			return 0, err
		}
		stmt, err := tx.Prepare(`INSERT INTO bare VALUES ($1, $2, $3)`)
		if err != nil {
			return 0, err
		}
		for range min(500, rows-done) {
			if _, err := stmt.Exec(uuid.NewString(), uuid.NewString(), body); err != nil {
				return 0, err
			}
		}
		if err := tx.Commit(); err != nil {
			return 0, err
		}
	}
	took := time.Since(began)
	_, err = db.Exec(`DROP TABLE bare`)
	return took, err
}

// benchHub is a hub that runs, and its clients.
type benchHub struct {
	cmd     *exec.Cmd
	clients []*hubClient
}

// startHub starts the program as its users do, on loopback.
func (b *bench) startHub(database string) (*benchHub, error) {
	env := append(b.plainEnv(), "WPCTL_HUB_DATABASE="+database)
	h := &benchHub{cmd: exec.Command(b.wpctl, "hub", "serve", "--listen", "127.0.0.1:0", "--rate", "1e6", "--burst", "1000000", "--storage", "0")}
	h.cmd.Env, h.cmd.Stderr = env, os.Stderr
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := h.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		h.end()
		return nil, err
	}
	base := strings.TrimSpace(strings.TrimPrefix(line, "hub: "))
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: hubClients}}
	var token string
	for i := range hubClients {
		if i%20 == 0 { // ten teams
			cmd := exec.Command(b.wpctl, "hub", "token", "create", fmt.Sprintf("agent-%d", i), "--role", "agent")
			cmd.Env = env
			text, err := cmd.Output()
			if err != nil {
				h.end()
				return nil, err
			}
			token = strings.TrimSpace(string(text))
		}
		h.clients = append(h.clients, &hubClient{base: base, token: token, http: client, n: i})
	}
	return h, nil
}

func (h *benchHub) end() {
	_ = h.cmd.Process.Signal(os.Interrupt)
	_ = h.cmd.Wait()
}

// memory is what the hub holds now, as the system counts it.
func (h *benchHub) memory() float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	var kb float64
	_, _ = fmt.Sscan(rest, &kb)
	return kb * 1024
}

// all has some of the clients do n pieces of work: more at once would only wait for each other.
func (h *benchHub) all(n, clients int, do func(c *hubClient, i int) error) error {
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	errs := make([]error, clients)
	var wait sync.WaitGroup
	for k, c := range h.clients[:clients] {
		wait.Go(func() {
			for i := range next {
				if errs[k] = do(c, i); errs[k] != nil {
					return
				}
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// under has all clients ask for a time, and returns how long each answer took, sorted.
func (h *benchHub) under(world [][]string, do func(*hubClient, []string, int) error) ([]time.Duration, error) {
	end := time.Now().Add(hubLoad)
	took := make([][]time.Duration, len(h.clients))
	errs := make([]error, len(h.clients))
	var wait sync.WaitGroup
	for k, c := range h.clients {
		wait.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				began := time.Now()
				if errs[k] = do(c, world[(k*7+n)%len(world)], n); errs[k] != nil {
					return
				}
				took[k] = append(took[k], time.Since(began))
			}
		})
	}
	wait.Wait()
	all := slices.Concat(took...)
	if err := errors.Join(errs...); err != nil || len(all) == 0 {
		return nil, errors.Join(err, errors.New("no answer in time"))
	}
	slices.Sort(all)
	return all, nil
}

// hubClient is one of those who ask.
type hubClient struct {
	base, token string
	http        *http.Client
	n           int
}

func (c *hubClient) ask(method, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, c.base+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	switch method {
	case "PUT":
		req.Header.Set("If-None-Match", "*")
		req.Header.Set("Content-Type", "application/json")
	case "POST":
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode >= 300 || bytes.Contains(answer, []byte(`"problem"`))) {
		err = fmt.Errorf("%s %s: %s %.300s", method, path, res.Status, answer)
	}
	return err
}

// makePlan makes a workstream of 100 tasks, as a first sync does.
func (c *hubClient) makePlan(i int) ([]string, error) {
	stream := []string{uuid.NewString()}
	ops := []any{map[string]any{"op": "create", "kind": "workstream", "id": stream[0], "key": uuid.NewString(), "body": map[string]any{"repo": "bench", "plan": fmt.Sprintf("BENCH-WP-%04d", i), "title": "A plan of the benchmark"}}}
	for n := range 100 {
		id := uuid.NewString()
		stream = append(stream, id)
		ops = append(ops, map[string]any{"op": "create", "kind": "task", "id": id, "key": uuid.NewString(), "body": map[string]any{
			"key": fmt.Sprintf("BENCH-WP-%04d-T%02d", i, n), "title": "A task of the benchmark, with a title of usual length", "status": "todo", "order": n,
		}})
	}
	return stream, c.ask("POST", "/workstreams/"+stream[0]+"/sync", map[string]any{"operations": ops})
}

func (c *hubClient) write(stream []string, n int) error {
	return c.ask("PUT", "/workstreams/"+stream[0]+"/events/"+uuid.Must(uuid.NewV7()).String(), map[string]any{"type": "progress", "task": stream[1+n%100], "text": "half of it is done"})
}

func (c *hubClient) sync(stream []string, n int) error {
	var ops []any
	for i := range 10 {
		ops = append(ops, map[string]any{"op": "create", "kind": "event", "id": uuid.Must(uuid.NewV7()).String(), "key": uuid.NewString(), "body": map[string]any{"type": "progress", "task": stream[1+(n+i)%100], "text": "half of it is done"}})
	}
	return c.ask("POST", "/workstreams/"+stream[0]+"/sync", map[string]any{"operations": ops})
}

func (c *hubClient) changes(stream []string, _ int) error {
	return c.ask("GET", "/workstreams/"+stream[0]+"/changes?since=50&limit=20", nil)
}

func (c *hubClient) task(stream []string, n int) error {
	return c.ask("GET", "/workstreams/"+stream[0]+"/tasks/"+stream[1+n%100], nil)
}
