package adapter

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/client"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// request is what is asked, without the token.
type request struct {
	Method, URL string
	Headers     map[string]string
	Body        json.RawMessage
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

// ask sends a request and reads the answer; nil is an answer without anything in it.
func (a *Adapter) ask(ctx context.Context, r request) (any, error) {
	if !a.ours(r.URL) {
		return nil, hub.Refuse(hub.CodeInvalid, "the address leads to another host than the hub's")
	}
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, body)
	if err != nil {
		return nil, hub.Refuse(hub.CodeInvalid, "%v", err)
	}
	for name, value := range r.Headers {
		req.Header.Set(name, value)
	}
	req.Header.Set("User-Agent", a.agent)
	req.Header.Set("Accept", "application/json")
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	a.sign(req)
	res, err := a.http.Do(req)
	if err != nil {
		return nil, client.Unreachable(ctx, a.address, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, client.Unreachable(ctx, a.address, err)
	case len(text) > maxAnswer:
		return nil, fmt.Errorf("the hub's answer is larger than %d MiB", maxAnswer>>20)
	case res.StatusCode >= 300:
		return nil, a.refusal(r, res, text)
	case len(bytes.TrimSpace(text)) == 0:
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var out any
	if err := dec.Decode(&out); err != nil || dec.Decode(new(any)) != io.EOF {
		return nil, &hub.Later{Err: errors.New("the hub's answer cannot be read: it is no JSON")}
	}
	return expr.Plain(out), nil
}

// ours says whether an address is one of the hub: same scheme, host and port, and below its path.
func (a *Adapter) ours(address string) bool {
	u, err := url.Parse(address)
	base, wrong := url.Parse(a.address)
	return err == nil && wrong == nil && u.Scheme == base.Scheme && u.Host == base.Host && u.User == nil && strings.HasPrefix(address, a.address+"/")
}

func (a *Adapter) sign(req *http.Request) {
	switch a.auth.Scheme {
	case "basic":
		name, password, _ := strings.Cut(a.token, ":")
		req.SetBasicAuth(name, password)
	case "header":
		req.Header.Set(a.auth.Header, a.token)
	default:
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
}

// refusal makes an error of an answer that is none.
func (a *Adapter) refusal(r request, res *http.Response, text []byte) error {
	why := fmt.Sprintf("%d %s", res.StatusCode, http.StatusText(res.StatusCode))
	if said := a.said(text); said != "" {
		why += ": " + said
	}
	switch s := res.StatusCode; {
	case s < 400:
		return hub.Refuse(hub.CodeNoRoute, "the hub answers %d: it leads elsewhere, and the token goes nowhere else", s)
	case s == http.StatusUnauthorized:
		return hub.Refuse(hub.CodeToken, "the hub does not know the token: %s", why)
	case s == http.StatusForbidden:
		return hub.Refuse(hub.CodeRole, "%s", why)
	case s == http.StatusNotFound || s == http.StatusGone:
		return hub.Refuse(hub.CodeNotFound, "%s", why)
	case s == http.StatusMethodNotAllowed:
		return hub.Refuse(hub.CodeMethod, "%s %s: %s", r.Method, r.URL, why)
	case s == http.StatusConflict || s == http.StatusPreconditionFailed:
		return hub.Refuse(hub.CodeStale, "%s", why)
	case s == http.StatusInternalServerError && r.Method != http.MethodGet:
		return hub.Refuse(hub.CodeInternal, "%s", why)
	case s == http.StatusRequestTimeout || s == http.StatusTooManyRequests || s == http.StatusTooEarly || s >= 500:
		return &hub.Later{After: client.RetryAfter(res.Header), Err: errors.New("the hub answers " + why)}
	}
	return hub.Refuse(hub.CodeInvalid, "%s", why)
}

// said is what an answer says, on one bounded line and without the token.
func (a *Adapter) said(text []byte) string {
	s := strings.ToValidUTF8(string(text[:min(len(text), 4096)]), "")
	secrets := []string{a.token, base64.StdEncoding.EncodeToString([]byte(a.token))}
	if _, password, ok := strings.Cut(a.token, ":"); ok && a.auth.Scheme == "basic" && password != "" {
		secrets = append(secrets, password)
	}
	for _, secret := range secrets {
		s = strings.ReplaceAll(s, secret, "•••")
	}
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	return safe.Cut(s, 200)
}
