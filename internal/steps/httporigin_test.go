package steps

import (
	"net/url"
	"testing"
)

// What was given for one origin is sent to no other; a server that leads to TLS on its own port is the same.
func TestSameOrigin(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"https://web.example/", "https://WEB.example:443/other", true},
		{"http://web.example/", "https://web.example/", true},
		{"https://web.example/", "http://web.example/", false},
		{"https://web.example:8443/", "http://web.example:8443/", false},
		{"http://web.example:8080/", "https://web.example:8080/", false},
		{"http://web.example:8080/", "https://web.example/", false},
		{"https://web.example/", "https://web.example:8443/", false},
		{"https://web.example/", "https://www.web.example/", false},
	} {
		a, _ := url.Parse(tt.a)
		b, _ := url.Parse(tt.b)
		if got := sameOrigin(a, b); got != tt.want {
			t.Errorf("%s and %s: %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}
