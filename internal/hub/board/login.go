package board

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// cookie is the name of the session's cookie. The longer one only a host itself can set, and only over TLS.
func (s *Server) cookie() string {
	if s.Secure {
		return "__Host-wpctl-board"
	}
	return "wpctl-board"
}

// secret is that of the session which a request belongs to; "" where there is none, or two.
func (s *Server) secret(r *http.Request) string {
	cookies := r.CookiesNamed(s.cookie())
	if len(cookies) != 1 || len(cookies[0].Value) > 100 {
		return ""
	}
	return cookies[0].Value
}

func (s *Server) setCookie(w http.ResponseWriter, c http.Cookie) {
	c.Name, c.Path, c.HttpOnly, c.Secure, c.SameSite = s.cookie(), "/", true, s.Secure, http.SameSiteStrictMode
	http.SetCookie(w, &c)
}

// askToLogIn leads to the form, and from there back. A link from another site brings no cookie along, so such a
// request is sent again from here.
func (s *Server) askToLogIn(w http.ResponseWriter, r *http.Request) {
	switch site := r.Header.Get("Sec-Fetch-Site"); {
	case r.Header.Get("HX-Request") != "":
		w.Header().Set("HX-Redirect", "/login")
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/live":
		w.WriteHeader(http.StatusNoContent) // which ends an event source
	case r.Method == http.MethodGet && (site == "cross-site" || site == "same-site") && s.secret(r) == "":
		render(w, r, http.StatusOK, again(frame{Title: "one moment"}, local(r.URL.RequestURI())))
	case r.Method == http.MethodGet && r.URL.Path != "/":
		http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
	default:
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	}
}

// local is an address of ours; any other becomes the first page's.
func local(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(address, "//") || strings.ContainsAny(address, "\\\r\n\t") || strings.ContainsAny(u.Path, "\\\r\n\t") || path.Clean(u.Path) != u.Path {
		return "/"
	}
	return u.RequestURI()
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request) {
	render(w, r, http.StatusOK, loginForm(frame{Title: "log in"}, local(r.URL.Query().Get("next")), ""))
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	if err := form(r); err != nil {
		s.refuse(w, r, err)
		return
	}
	next := local(r.PostForm.Get("next"))
	token := strings.TrimSpace(r.PostForm.Get("token"))
	if !safe.Plain(token) {
		token = ""
	}
	t, err := s.Store.Who(r.Context(), token)
	var p *hub.Problem
	if errors.As(err, &p) {
		s.Store.Refused(r.Context(), t, hub.Entry{Action: "login", Outcome: string(p.Code)})
		render(w, r, http.StatusUnauthorized, loginForm(frame{Title: "log in"}, next, "This token is unknown, expired or revoked."))
		return
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if was := s.secret(r); was != "" { // nobody goes on under an older session
		if err := s.Store.Logout(r.Context(), was); err != nil {
			s.refuse(w, r, err)
			return
		}
	}
	secret, end, err := s.Store.Login(r.Context(), t)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if err := s.Store.Note(r.Context(), t, hub.Entry{Action: "login"}); err != nil {
		s.refuse(w, r, err)
		return
	}
	s.setCookie(w, http.Cookie{Value: secret, Expires: end})
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (s *Server) logout(v *visit) error {
	if err := s.Store.Logout(v.ctx(), v.session); err != nil {
		return err
	}
	if err := s.Store.Note(v.ctx(), v.who, hub.Entry{Action: "logout"}); err != nil {
		return err
	}
	s.setCookie(v.w, http.Cookie{MaxAge: -1})
	v.w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(v.w, v.r, "/login", http.StatusSeeOther)
	return nil
}

// form reads the fields of a request; those of its address count for nothing.
func form(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return hub.Refuse(hub.CodeInvalid, "the form cannot be read")
	}
	return nil
}
