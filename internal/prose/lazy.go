package prose

import (
	"regexp"
	"sync"
)

// lazy is a regular expression that is compiled when it is first wanted: most commands never read the text.
func lazy(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
