package steps

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// openForms are the keys of a Secret of type kubernetes.io/basic-auth that may hold no secret, and how their values look
// then: the user's name, and what operators of databases put beside it. A user is mostly called like the application,
// which has to be told of.
var openForms = sync.OnceValue(func() map[string]*regexp.Regexp {
	name := regexp.MustCompile(`^[a-z][a-z0-9]*([_.-][a-z0-9]+)*$`)
	return map[string]*regexp.Regexp{
		"username": name, "user": name, "dbname": name,
		"host": regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`), "port": regexp.MustCompile(`^[0-9]{1,5}$`),
	}
})

const (
	maxOpen       = 40 // bytes of a name that is no secret; a host may be as long as hosts are
	maxOpenDigits = 4  // a name has a few, a token has many
	minPassword   = 8  // a shorter one may stand there for form's sake only
)

// formalPasswords stand beside a token that is given as the user's name.
var formalPasswords = []string{"x-oauth-basic", "x-token-auth", "x-access-token", "api_token", "apitoken", "password"}

// openKeys returns the keys of a Secret whose values are no secrets. There are none where the user's name may be the
// credential itself, as it is without a real password beside it.
func openKeys(o Object) map[string]bool {
	if objString(o, "type") != "kubernetes.io/basic-auth" {
		return nil
	}
	values := map[string]string{}
	for key, v := range objMap(o, "data") {
		s, _ := v.(string)
		values[key] = decoded(s)
	}
	for key, v := range objMap(o, "stringData") {
		values[key], _ = v.(string)
	}
	password := strings.TrimSpace(values["password"])
	if len(password) < minPassword || slices.Contains(formalPasswords, strings.ToLower(password)) {
		return nil
	}
	open := map[string]bool{}
	for key, form := range openForms() {
		v, there := values[key]
		open[key] = there && form.MatchString(v) && (key == "host" && len(v) <= 253 || key == "port" || isName(v))
	}
	return open
}

// isName tells whether a value is as short and as plain as names are.
func isName(v string) bool {
	return len(v) <= maxOpen && len(v)-len(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, v)) <= maxOpenDigits
}
