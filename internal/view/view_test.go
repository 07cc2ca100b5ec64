package view

import "testing"

// env returns a getenv of "NAME=value" words.
func env(words ...string) func(string) string {
	return func(name string) string {
		for _, w := range words {
			if len(w) > len(name) && w[:len(name)] == name && w[len(name)] == '=' {
				return w[len(name)+1:]
			}
		}
		return ""
	}
}

func TestColorWanted(t *testing.T) {
	for name, tt := range map[string]struct {
		flag string
		env  []string
		tty  bool
		want bool
	}{
		"a terminal":                     {"auto", nil, true, true},
		"a pipe":                         {"", nil, false, false},
		"a dumb terminal":                {"auto", []string{"TERM=dumb"}, true, false},
		"the flag beats NO_COLOR":        {"always", []string{"NO_COLOR=1"}, false, true},
		"the flag beats FORCE_COLOR":     {"never", []string{"FORCE_COLOR=1"}, true, false},
		"NO_COLOR beats FORCE_COLOR":     {"auto", []string{"NO_COLOR=1", "FORCE_COLOR=1"}, true, false},
		"an empty NO_COLOR says nothing": {"auto", []string{"NO_COLOR="}, true, true},
		"FORCE_COLOR in a pipe":          {"auto", []string{"FORCE_COLOR=1"}, false, true},
		"FORCE_COLOR=0 says nothing":     {"auto", []string{"FORCE_COLOR=0"}, false, false},
		"CLICOLOR_FORCE beats CLICOLOR":  {"auto", []string{"CLICOLOR_FORCE=1", "CLICOLOR=0"}, false, true},
		"CLICOLOR=0":                     {"auto", []string{"CLICOLOR=0"}, true, false},
		"CLICOLOR=1 in a pipe":           {"auto", []string{"CLICOLOR=1"}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := colorWanted(tt.flag, env(tt.env...), tt.tty); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestLiveWanted(t *testing.T) {
	for name, tt := range map[string]struct {
		env               []string
		tty, quiet, plain bool
		want              bool
	}{
		"a terminal":      {nil, true, false, false, true},
		"a pipe":          {nil, false, false, false, false},
		"quiet":           {nil, true, true, false, false},
		"plain":           {nil, true, false, true, false},
		"CI":              {[]string{"CI=true"}, true, false, false, false},
		"CI=false":        {[]string{"CI=false"}, true, false, false, true},
		"a dumb terminal": {[]string{"TERM=dumb"}, true, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := LiveWanted(env(tt.env...), tt.tty, tt.quiet, tt.plain); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestUnicodeWanted(t *testing.T) {
	for name, tt := range map[string]struct {
		env  []string
		want bool
	}{
		"nothing set":       {nil, true},
		"LANG=C":            {[]string{"LANG=C"}, false},
		"LANG=C.UTF-8":      {[]string{"LANG=C.UTF-8"}, true},
		"LC_ALL beats LANG": {[]string{"LANG=de_DE.utf8", "LC_ALL=POSIX"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := unicodeWanted(env(tt.env...)); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
