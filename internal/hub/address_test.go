package hub

import "testing"

func TestAddress(t *testing.T) {
	for in, want := range map[string][2]string{
		"https://hub.example.org":           {"https://hub.example.org:443", "https://hub.example.org:443"},
		"HTTPS://Hub.Example.org./v1/":      {"https://hub.example.org:443", "https://hub.example.org:443"},
		"https://hub.example.org:8443/a/v1": {"https://hub.example.org:8443/a", "https://hub.example.org:8443"},
		"http://127.0.0.1:8420/v1":          {"http://127.0.0.1:8420", "http://127.0.0.1:8420"},
		"http://localhost":                  {"http://localhost:80", "http://localhost:80"},
		"http://[::1]:1":                    {"http://[::1]:1", "http://[::1]:1"},
		"http://hub.example.org":            {},
		"http://127.0.0.1.example.org":      {},
		"https://user:pw@hub.example.org":   {},
		"https://hub.example.org?x":         {},
		"https://hub.example.org/#x":        {},
		"ftp://hub.example.org":             {},
		"hub.example.org":                   {},
		"https://":                          {},
		"":                                  {},
		"https://a\x00b":                    {},
	} {
		address, err := Address(in)
		if address != want[0] || (err == nil) != (want[0] != "") {
			t.Errorf("%q: %q %v", in, address, err)
		}
		if origin, _ := Origin(in); origin != want[1] {
			t.Errorf("%q: %q", in, origin)
		}
	}
}
