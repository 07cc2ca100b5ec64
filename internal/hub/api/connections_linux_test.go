package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// client asks over one connection from an address of its own.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func (w *world) from(address string) *client {
	w.t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}, Timeout: time.Minute}
	conn, err := d.Dial("tcp", strings.TrimPrefix(w.Base, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	return &client{w.t, conn, bufio.NewReader(conn)}
}

// says sends a text as it is.
func (c *client) says(format string, args ...any) *client {
	fmt.Fprintf(c.conn, format, args...) // where the hub has gone meanwhile, the answer tells
	return c
}

// hears is the status and the text of an answer; 0 where the hub has ended the connection.
func (c *client) hears() (int, string) {
	_ = c.conn.SetReadDeadline(time.Now().Add(time.Minute))
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0, err.Error()
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res.StatusCode, "" // its end does not come, and closing it would wait for that
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

func (c *client) want(status int, text string) {
	c.t.Helper()
	if got, said := c.hears(); got != status || !strings.Contains(said, text) {
		c.t.Errorf("got %d %s, wanted %d %s", got, said, status, text)
	}
}

const health = "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"

// slow is a request whose body does not come.
func (w *world) slow(role hub.Role, workstream string) string {
	return "POST " + workstream + "/sync HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\nAuthorization: Bearer " + w.Tokens[role] + "\r\n\r\n"
}

// until tries again until it is as wanted: the hub may still be at what was before.
func (w *world) until(what string, try func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(time.Minute); !try(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatal(what)
		}
	}
}

func (w *world) serves(address string) func() bool {
	return func() bool {
		status, _ := w.from(address).says(health).hears()
		return status == http.StatusOK
	}
}

// One address takes no more than its part, and with others no more than there is; each is told, and others are served.
func TestManyConnections(t *testing.T) {
	l := generous
	l.Connections, l.PerAddress = 24, 16
	w := newWorld(t, t.TempDir()+"/hub.db", l)
	workstream, _ := w.plan("P-1")
	w.http.CloseIdleConnections()
	var held []*client
	for range 16 {
		held = append(held, w.from("127.0.0.2").says("%s", w.slow(hub.Agent, workstream)))
	}
	w.from("127.0.0.2").says(health).want(http.StatusTooManyRequests, "too-many-requests")
	for range 100 { // thousands more are as many
		w.from("127.0.0.2").says(health)
	}
	w.until("another address is not served", w.serves("127.0.0.1"))
	w.until("no end of connections", func() bool {
		held = append(held, w.from("127.0.0.3").says("%s", w.slow(hub.Agent, workstream)))
		status, said := w.from("127.0.0.4").says(health).hears()
		return status == http.StatusServiceUnavailable && strings.Contains(said, `"code":"unavailable"`)
	})
	for _, c := range held {
		c.conn.Close()
	}
	w.until("nobody is served after that", w.serves("127.0.0.4"))
}

// Connections that wait for their next request make room.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	l := generous
	l.Connections, l.PerAddress = 24, 16
	w := newWorld(t, t.TempDir()+"/hub.db", l)
	for i := range 200 {
		w.from(fmt.Sprintf("127.0.0.%d", 2+i%3)).says(health).want(http.StatusOK, "ok")
	}
}

// One token has no more requests at once than it may, over however many connections, and others are served.
func TestManyRequestsOfOneToken(t *testing.T) {
	l := generous
	l.Requests = 4
	w := newWorld(t, t.TempDir()+"/hub.db", l)
	workstream, _ := w.plan("P-1")
	w.until("no end of requests", func() bool {
		w.from("127.0.0.2").says("%s", w.slow(hub.Agent, workstream))
		a := w.do(call{Role: hub.Agent, Method: "GET", Path: workstream})
		return a.Status == http.StatusTooManyRequests && a.Code == hub.CodeTooMany
	})
	w.want(200, "", call{Role: hub.Human, Method: "GET", Path: workstream})
}

// Streams leave room for requests, however many tokens there are for them.
func TestManyStreams(t *testing.T) {
	l := generous
	l.Connections, l.PerAddress, l.Streams = 12, 12, 100
	w := newWorld(t, t.TempDir()+"/hub.db", l)
	workstream, _ := w.plan("P-1")
	stream := "GET " + workstream + "/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + w.Tokens[hub.Reader] + "\r\n\r\n"
	for range 6 {
		w.from("127.0.0.2").says("%s", stream).want(http.StatusOK, "")
	}
	w.from("127.0.0.2").says("%s", stream).want(http.StatusServiceUnavailable, `"code":"unavailable"`)
	w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: workstream})
}

func TestNetworkOfAClient(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:80": "192.0.2.7", "[::ffff:192.0.2.7]:80": "192.0.2.7", "[2001:db8:1:2:3::4]:80": "2001:db8:1:2::/64", "[fe80::1%eth0]:80": "fe80::/64", "pipe": "pipe",
	} {
		if got := network(remote); got != want {
			t.Errorf("%s is %s", remote, got)
		}
	}
}
