package main

import (
	"embed"
	"fmt"
	"html"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed static
var files embed.FS

const page = `<!doctype html>
<html lang="de">
<head>
<title>%[1]s</title>
<link rel="stylesheet" href="/static/app.css">
<script src="/static/app.js"></script>
</head>
<body><h1>%[1]s</h1>%[2]s</body>
</html>
`

const login = `<form method="post"><label>Name <input name="name"></label>
<label>Kennwort <input name="password" type="password"></label><button>Anmelden</button></form>`

// pages is the application.
func pages(db *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintln(w, `{"status":"ok"}`)
	})
	mux.Handle("GET /static/", http.FileServerFS(files))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/fundsachen/uebersicht/", http.StatusFound)
	})
	mux.HandleFunc("GET /fundsachen/uebersicht/", func(w http.ResponseWriter, _ *http.Request) {
		show(w, "Fundbüro – Übersicht", `<p>Noch nichts gefunden.</p>`)
	})
	mux.HandleFunc("GET /fundsachen/{nr}/", func(w http.ResponseWriter, r *http.Request) {
		var what string
		if err := db.QueryRow(r.Context(), "select was from fundsachen where nr = $1::int", r.PathValue("nr")).Scan(&what); err != nil {
			fmt.Println("ERROR Fundsache", r.PathValue("nr")+":", err)
			http.Error(w, "Internal Server Error", http.StatusInternalServerError)
			return
		}
		show(w, "Fundbüro – Fundsache", "<p>"+html.EscapeString(what)+"</p>")
	})
	mux.HandleFunc("GET /admin/{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/admin/login/", http.StatusFound)
	})
	mux.HandleFunc("GET /admin/login/", func(w http.ResponseWriter, _ *http.Request) {
		show(w, "Anmelden | Fundbüro-Verwaltung", login)
	})
	return mux
}

func show(w http.ResponseWriter, title, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, page, title, body)
}
