package testsrv

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Site is a small web application. Its paths:
//
//	/               302 to /dashboard/
//	/dashboard/     a page titled Übersicht with a stylesheet and a script of its own and one from elsewhere
//	/health/        {"status":"ok"}; 405 to HEAD
//	/down/          503 {"status":"down"}
//	/broken-page/   a page whose script is missing and whose stylesheet is a page
//	/echo           the request as JSON: method, path, host, headers, body
//	/private/       401 unless the credential is Basic demo:open-sesame or Bearer open-sesame
//	/loop           302 to itself
//	/far/N          302 to /far/N-1, and 200 at /far/0
//	/to?URL         302 to URL; /keep?URL: 307
//	/long           2 MiB of text
//	/latin1         a page in ISO 8859-1
//	/cookie         sets a cookie
func Site() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", redirect("/dashboard/", 302))
	mux.HandleFunc("GET /dashboard/{$}", page(dashboard))
	mux.HandleFunc("GET /static/app.css", static("text/css; charset=utf-8", "body{}"))
	mux.HandleFunc("GET /static/app.js", static("text/javascript; charset=utf-8", "void 0"))
	mux.HandleFunc("/health/", health)
	mux.HandleFunc("GET /down/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, `{"status":"down"}`)
	})
	mux.HandleFunc("GET /broken-page/", page(`<link rel="stylesheet" href="/dashboard/"><script src="/static/missing.js"></script>`))
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("GET /private/", private)
	mux.HandleFunc("/loop", redirect("/loop", 302))
	mux.HandleFunc("/far/{n}", func(w http.ResponseWriter, r *http.Request) {
		if n, _ := strconv.Atoi(r.PathValue("n")); n > 0 {
			redirect(fmt.Sprintf("/far/%d", n-1), 302)(w, r)
		}
	})
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) { redirect(r.URL.RawQuery, 302)(w, r) })
	mux.HandleFunc("/keep", func(w http.ResponseWriter, r *http.Request) { redirect(r.URL.RawQuery, 307)(w, r) })
	mux.HandleFunc("GET /long", static("text/plain", strings.Repeat("0123456789abcde\n", 1<<17)))
	mux.HandleFunc("GET /latin1", static("text/html; charset=iso-8859-1", "<title>\xdcbersicht</title>"))
	mux.HandleFunc("GET /cookie", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "a-secret-session"})
	})
	return mux
}

const dashboard = `<!doctype html><html lang="de"><head><title>
  Übersicht
</title><link rel="stylesheet" href="../static/app.css"><script src="/static/app.js"></script>
<script src="https://elsewhere.example/lib.js"></script></head>
<body hx-boost="true"><h1 id="head">Willkommen  zurück</h1><ul><li>eins</li><li>zwei</li></ul>
<a class="next" href="/next/">weiter</a></body></html>`

func page(html string) http.HandlerFunc { return static("text/html; charset=utf-8", html) }

func static(contentType, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		fmt.Fprint(w, text)
	}
}

func redirect(to string, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(status)
	}
}

func health(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	static("application/json", `{"status":"ok"}`)(w, r)
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"method":%q,"path":%q,"host":%q,"body":%q,"headers":{`, r.Method, r.URL.Path, r.Host, body)
	sep := ""
	for name, values := range r.Header {
		fmt.Fprintf(w, "%s%q:%q", sep, strings.ToLower(name), strings.Join(values, ", "))
		sep = ","
	}
	fmt.Fprint(w, "}}")
}

func private(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if user == "demo" && password == "open-sesame" || r.Header.Get("Authorization") == "Bearer open-sesame" {
		fmt.Fprint(w, "welcome")
		return
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
	w.WriteHeader(http.StatusUnauthorized)
}
