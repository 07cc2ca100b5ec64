package view

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

type webArgs struct {
	URL     string         `yaml:"url" doc:"the URL that is loaded" required:"true"`
	Status  []int          `yaml:"status" doc:"the statuses that are as planned"`
	Method  string         `yaml:"method" doc:"the method" enum:"GET|HEAD|POST"`
	Request *webRequest    `yaml:"request" doc:"what is sent beside the method, for services that answer to some requests only and for forms"`
	Max     time.Duration  `yaml:"max" doc:"how long an answer may take"`
	Parts   []webPart      `yaml:"parts" doc:"parts of the page"`
	Values  map[string]any `yaml:"values"`
}

type webRequest struct {
	Headers map[string]string `yaml:"headers" doc:"headers by name"`
	Body    string            `yaml:"body" doc:"the body"`
}

type webPart struct {
	CSS   string    `yaml:"css" doc:"a selector" required:"true"`
	Inner []webPart `yaml:"inner" doc:"parts within"`
}

type webSelf struct {
	Status  int               `json:"status" doc:"the status of the last answer"`
	Headers map[string]string `json:"headers" doc:"its headers"`
	Chain   []webHop          `json:"chain" doc:"the redirects"`
	At      time.Time         `json:"at"`
}

type webHop struct {
	URL string `json:"url" doc:"where to"`
}

func webKind() check.Kind {
	return check.Define(check.Spec[webArgs]{
		Name: "web", Doc: "Expect an HTTP answer.", Example: "- name: health answers\n  web:\n    url: https://shop.example/health/\n",
		Bare: "url", Default: webArgs{Status: []int{200, 204}, Method: "GET", Max: 90 * time.Second}, Self: webSelf{},
		Caps: []check.Capability{check.Network},
		Look: func(context.Context, check.Site, webArgs) (check.Result, error) { return check.Result{}, nil },
	})
}

func TestExplain(t *testing.T) {
	inAll(t, "explain", func(b *bytes.Buffer, o Options) error { return Explain(b, webKind(), nil, o) })
}

func TestExplainField(t *testing.T) {
	for name, path := range map[string][]string{
		"headers": {"request", "headers"}, "request": {"request"}, "inner": {"parts", "inner", "css"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Explain(&b, webKind(), path, Options{Width: 80}); err != nil {
				t.Fatal(err)
			}
			golden(t, "explain."+name+".txt", b.String())
		})
	}
}

func TestExplainUnknownField(t *testing.T) {
	for name, tt := range map[string]struct {
		path []string
		want string
	}{
		"misspelt":         {[]string{"request", "header"}, `no field "web.request.header": did you mean "headers"?`},
		"nothing like it":  {[]string{"zzzzzzzz"}, `no field "web.zzzzzzzz": there are url, status, method, request, max, parts, values`},
		"below a scalar":   {[]string{"url", "host"}, `no field "web.url.host": web.url has no fields`},
		"hostile, of sort": {[]string{"\x1b[2Jurls"}, `no field "web.urls": did you mean "url"?`},
	} {
		t.Run(name, func(t *testing.T) {
			err := Explain(&bytes.Buffer{}, webKind(), tt.path, Options{})
			var unknown *UnknownField
			if !errors.As(err, &unknown) || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestExplainKeys(t *testing.T) {
	var b bytes.Buffer
	if err := ExplainKeys(&b, "part", "A part of a page.", reflect.TypeFor[webPart](), nil, Options{Width: 60}); err != nil {
		t.Fatal(err)
	}
	golden(t, "explain.keys.txt", b.String())
}

func TestKinds(t *testing.T) {
	inAll(t, "kinds", func(b *bytes.Buffer, o Options) error {
		return Kinds(b, []check.Kind{{Name: "http", Doc: "Expect an HTTP answer with a status, headers and a body."}, {Name: "k8s", Doc: "Expect objects."}}, o)
	})
}
