package board

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"sync"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/drawing"
)

//go:embed static
var files embed.FS

type asset struct {
	form, address string
	text          []byte
}

// assets are what pages load, each under an address that changes with what it holds.
var assets = sync.OnceValue(func() map[string]asset {
	out := map[string]asset{}
	for name, form := range map[string]string{
		"board.css": "text/css; charset=utf-8", "board.js": "text/javascript; charset=utf-8",
		"htmx.min.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		text, err := files.ReadFile("static/" + name)
		if err != nil {
			panic(err) // it is built in
		}
		if name == "board.css" {
			text = append(text, drawing.Style()...)
		}
		sum := sha256.Sum256(text)
		out[name] = asset{form: form, text: text, address: "/static/" + hex.EncodeToString(sum[:8]) + "/" + name}
	}
	return out
})

// at is the address of an asset.
func at(name string) string { return assets()[name].address }

func static(w http.ResponseWriter, r *http.Request) {
	a, ok := assets()[r.PathValue("name")]
	if !ok || a.address != r.URL.Path {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.form)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.text))
}

func favicon(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, at("icon.svg"), http.StatusFound)
}
