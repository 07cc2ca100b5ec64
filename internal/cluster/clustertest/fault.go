package clustertest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"time"
)

// Fault answers a request in place of the API server; next is the server itself.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// Delay answers late.
func Delay(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		select {
		case <-time.After(d):
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
}

// Silence never answers.
func Silence(_ http.ResponseWriter, r *http.Request, _ http.Handler) { <-r.Context().Done() }

// Cut loses the connection in the middle of an answer.
func Cut(w http.ResponseWriter, r *http.Request, next http.Handler) {
	answer := httptest.NewRecorder()
	next.ServeHTTP(answer, r)
	body := answer.Body.Bytes()
	w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// Reset resets the connection instead of answering.
func Reset(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// Status answers with a status code, after the manner of an API server.
func Status(code int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { refuse(w, code) }
}

// Busy answers with a status code and says in how many seconds it may be tried again.
func Busy(code, seconds int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Retry-After", fmt.Sprint(seconds))
		refuse(w, code)
	}
}

func refuse(w http.ResponseWriter, code int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":%d,"message":%q}`, code, http.StatusText(code))
}

// Page answers with a status code and a page for people, as something between us and the API server would.
func Page(code int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "<html><body>Not what you wanted</body></html>")
	}
}

// Mute begins an answer, as of a watch, and never goes on.
func Mute(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// End begins an answer, as of a watch, and ends it soon.
func End(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
	time.Sleep(20 * time.Millisecond)
}

// Expire tells within a watch that its version is too old.
func Expire(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	_, _ = io.WriteString(w, `{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410,"message":"too old resource version: 1 (2)"}}`+"\n")
}

// Late passes on each part of an answer late.
func Late(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(&late{w, d}, r) }
}

type late struct {
	http.ResponseWriter
	by time.Duration
}

func (l *late) Write(b []byte) (int, error) {
	time.Sleep(l.by)
	return l.ResponseWriter.Write(b)
}

func (l *late) Unwrap() http.ResponseWriter { return l.ResponseWriter }
