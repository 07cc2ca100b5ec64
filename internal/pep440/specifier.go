package pep440

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Specifiers are conditions that a version has to meet, all of them. The zero value takes every version.
type Specifiers []specifier

// specifier is one condition.
type specifier struct {
	operator string
	version  Version
	prefix   bool   // .* stands behind the version
	text     string // of ===
}

// maxSpecifiers bounds a list of conditions.
const maxSpecifiers = 100

// ParseSpecifiers reads conditions with commas between them, such as ">=0.2, <0.3".
func ParseSpecifiers(s string) (Specifiers, error) {
	var out Specifiers
	for one := range strings.SplitSeq(s, ",") {
		if one = strings.TrimSpace(one); one == "" { // as pip takes it
			continue
		}
		c, err := parseSpecifier(one)
		if err != nil {
			return nil, err
		}
		if out = append(out, c); len(out) > maxSpecifiers {
			return nil, fmt.Errorf("more than %d conditions", maxSpecifiers)
		}
	}
	return out, nil
}

var operators = []string{"===", "~=", "==", "!=", "<=", ">=", "<", ">"} // the longer before the shorter

var prefixForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^` + releasePattern + `$`) })

func parseSpecifier(s string) (c specifier, err error) {
	i := slices.IndexFunc(operators, func(o string) bool { return strings.HasPrefix(s, o) })
	if i < 0 {
		return c, fmt.Errorf("%.50q is no condition on a version: such as >=1.2 or ==1.2.*", s)
	}
	c.operator = operators[i]
	text := strings.TrimSpace(s[len(c.operator):])
	if c.operator == "===" {
		c.text = strings.ToLower(text)
		if c.text == "" || strings.ContainsAny(c.text, " \t\r\n;)") || len(c.text) > maxLength {
			return c, fmt.Errorf("%.50q compares with no version", s)
		}
		return c, nil
	}
	if base, ok := strings.CutSuffix(text, ".*"); ok {
		if (c.operator != "==" && c.operator != "!=") || !prefixForm().MatchString(base) {
			return c, fmt.Errorf("%.50q: .* stands behind ==1.2 or !=1.2 only", s)
		}
		text, c.prefix = base, true
	}
	if c.version, err = Parse(text); err != nil {
		return c, err
	}
	switch equal := c.operator == "==" || c.operator == "!="; {
	case c.version.local != nil && !equal:
		return c, fmt.Errorf("%.50q: a local version can be compared with == and != only", s)
	case c.operator == "~=" && len(c.version.release) < 2:
		return c, fmt.Errorf("%.50q: ~= needs two numbers, such as ~=1.2", s)
	}
	return c, nil
}

// Take tells whether a version meets all conditions. Whether pre-releases are wanted at all is another question.
func (s Specifiers) Take(v Version) bool {
	return !slices.ContainsFunc(s, func(c specifier) bool { return !c.takes(v) })
}

// NamePre tells whether a condition names a pre-release: then pre-releases are wanted.
func (s Specifiers) NamePre() bool {
	return slices.ContainsFunc(s, func(c specifier) bool {
		if c.operator == "===" {
			v, err := Parse(c.text)
			return err == nil && v.IsPre()
		}
		return c.operator != "!=" && c.version.IsPre()
	})
}

// Pin tells whether a condition names one version and no other.
func (s Specifiers) Pin() bool {
	return slices.ContainsFunc(s, func(c specifier) bool {
		return c.operator == "===" || c.operator == "==" && !c.prefix
	})
}

// Choose returns the versions that meet all conditions, as an installer considers them: pre-releases only where they
// are asked for, by name or by pre, or where there is nothing else. The order stays.
func (s Specifiers) Choose(versions []Version, pre bool) []Version {
	var out, early []Version
	for _, v := range versions {
		switch {
		case !s.Take(v):
		case v.IsPre() && !pre && !s.NamePre():
			early = append(early, v)
		default:
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		return early
	}
	return out
}

func (c specifier) takes(v Version) bool {
	switch c.operator {
	case "===":
		return strings.ToLower(v.String()) == c.text
	case "==":
		return c.equals(v)
	case "!=":
		return !c.equals(v)
	case "~=":
		series := specifier{version: Version{epoch: c.version.epoch, release: c.version.release[:len(c.version.release)-1]}, prefix: true}
		return v.public().Compare(c.version) >= 0 && series.equals(v)
	case ">=":
		return v.public().Compare(c.version) >= 0
	case "<=":
		return v.public().Compare(c.version) <= 0
	case "<":
		return v.Compare(c.version) < 0 && (c.version.IsPre() || !v.IsPre() || !c.sameBase(v))
	}
	return v.Compare(c.version) > 0 && (c.version.post != nil || v.post == nil || !c.sameBase(v)) && (v.local == nil || !c.sameBase(v))
}

func (c specifier) sameBase(v Version) bool { return v.base().Compare(c.version.base()) == 0 }

func (c specifier) equals(v Version) bool {
	if c.prefix {
		return v.epoch == c.version.epoch && slices.Equal(padded(v.release, len(c.version.release)), c.version.release)
	}
	if c.version.local == nil {
		v = v.public()
	}
	return v.Compare(c.version) == 0
}

// padded is the beginning of a release, filled up with zeros.
func padded(release []number, n int) []number {
	out := slices.Clone(release[:min(n, len(release))])
	for len(out) < n {
		out = append(out, "0")
	}
	return out
}
