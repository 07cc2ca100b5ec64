package steps

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

func nameSecret(at check.Site, value string) {
	if at.Secret != nil && value != "" {
		at.Secret(value)
	}
}

var secretName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)authorization|cookie|token|secret|passw|api-?_?key|credential|session|^key$|^code$|^sig(nature)?$`)
})

// nameSecrets names the literal credentials of a step: headers, form fields and query parameters with telling names.
func (a httpArgs) nameSecrets(at check.Site, u *url.URL) {
	for name, value := range a.Request.Headers {
		if secretName().MatchString(name) {
			nameSecret(at, value)
			_, after, _ := strings.Cut(value, " ") // "Bearer TOKEN"
			nameSecret(at, after)
		}
	}
	for name, value := range a.Request.Form {
		if secretName().MatchString(name) {
			nameSecret(at, value)
		}
	}
	nameJSONSecrets(at, a.Request.JSON)
	nameQuerySecrets(at, u)
}

func nameJSONSecrets(at check.Site, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, one := range v {
			if s, ok := one.(string); ok && secretName().MatchString(name) {
				nameSecret(at, s)
			}
			nameJSONSecrets(at, one)
		}
	case []any:
		for _, one := range v {
			nameJSONSecrets(at, one)
		}
	}
}

// nameQuerySecrets names the values of telling query parameters, as they stand and as they mean.
func nameQuerySecrets(at check.Site, u *url.URL) {
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if !secretName().MatchString(name) {
			continue
		}
		nameSecret(at, value)
		if plain, err := url.QueryUnescape(value); err == nil {
			nameSecret(at, plain)
		}
	}
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
