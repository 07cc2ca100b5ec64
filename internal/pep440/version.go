// Package pep440 reads versions and version specifiers of Python packages, orders versions, and tells which ones a
// specifier takes, after https://packaging.python.org/en/latest/specifications/version-specifiers/ (PEP 440).
// It imports the standard library only.
package pep440

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// maxLength bounds what is read as a version.
const maxLength = 1000

// Version is a version of a package. It is made by Parse.
type Version struct {
	epoch   number
	release []number
	pre     *phase
	post    *number
	dev     *number
	local   []string
}

// phase is a pre-release: a, b or rc with a number.
type phase struct {
	letter string
	n      number
}

// number is a whole number of any size, in decimal digits without leading zeros.
type number string

func newNumber(digits string) number {
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return "0"
	}
	return number(digits)
}

func (n number) compare(m number) int {
	return cmp.Or(cmp.Compare(len(n), len(m)), strings.Compare(string(n), string(m)))
}

const (
	releasePattern = `v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)`
	suffixPattern  = `(?:[-_.]?(alpha|beta|preview|pre|a|b|c|rc)[-_.]?([0-9]*))?` +
		`(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?` +
		`(?:[-_.]?(dev)[-_.]?([0-9]*))?`
	localPattern = `(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?`
)

var form = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^` + releasePattern + suffixPattern + localPattern + `$`)
})

// Parse reads a version. Upper and lower case are alike, and so are the ways to write its parts.
func Parse(s string) (Version, error) {
	var m []string
	if len(s) <= maxLength {
		m = form().FindStringSubmatch(strings.ToLower(strings.TrimSpace(s)))
	}
	if m == nil {
		return Version{}, fmt.Errorf("%.50q is no version", s)
	}
	v := Version{epoch: newNumber(m[1])}
	for part := range strings.SplitSeq(m[2], ".") {
		v.release = append(v.release, newNumber(part))
	}
	if m[3] != "" {
		v.pre = &phase{letters[m[3]], newNumber(m[4])}
	}
	if m[5] != "" || m[6] != "" {
		v.post = new(newNumber(m[5] + m[7]))
	}
	if m[8] != "" {
		v.dev = new(newNumber(m[9]))
	}
	if m[10] != "" {
		v.local = strings.FieldsFunc(m[10], func(r rune) bool { return strings.ContainsRune("-_.", r) })
		for i, part := range v.local {
			if isNumber(part) {
				v.local[i] = string(newNumber(part))
			}
		}
	}
	return v, nil
}

var letters = map[string]string{"alpha": "a", "a": "a", "beta": "b", "b": "b", "c": "rc", "rc": "rc", "pre": "rc", "preview": "rc"}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

// String returns the version in its normal form.
func (v Version) String() string {
	s := v.Public()
	if v.local != nil {
		s += "+" + strings.Join(v.local, ".")
	}
	return s
}

// Public returns the version without what is local to somebody.
func (v Version) Public() string {
	var b strings.Builder
	if v.epoch.compare("0") > 0 {
		b.WriteString(string(v.epoch) + "!")
	}
	for i, n := range v.release {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(string(n))
	}
	if v.pre != nil {
		b.WriteString(v.pre.letter + string(v.pre.n))
	}
	if v.post != nil {
		b.WriteString(".post" + string(*v.post))
	}
	if v.dev != nil {
		b.WriteString(".dev" + string(*v.dev))
	}
	return b.String()
}

// IsPre tells whether it is a pre-release or a development release.
func (v Version) IsPre() bool { return v.pre != nil || v.dev != nil }

// Compare orders versions: -1 where v comes before w.
func (v Version) Compare(w Version) int {
	return cmp.Or(
		v.epoch.compare(w.epoch),
		slices.CompareFunc(v.trimmed(), w.trimmed(), number.compare),
		comparePre(v, w),
		compareOptional(v.post, w.post, -1),
		compareOptional(v.dev, w.dev, 1),
		compareLocal(v.local, w.local),
	)
}

// trimmed is the release without zeros at its end.
func (v Version) trimmed() []number {
	r := v.release
	for len(r) > 1 && r[len(r)-1] == "0" {
		r = r[:len(r)-1]
	}
	return r
}

// preRank orders the kinds: a development release of nothing else, then pre-releases, then the rest.
func (v Version) preRank() int {
	switch {
	case v.pre != nil:
		return 1
	case v.post == nil && v.dev != nil:
		return 0
	}
	return 2
}

func comparePre(v, w Version) int {
	if c := cmp.Compare(v.preRank(), w.preRank()); c != 0 || v.pre == nil {
		return c
	}
	return cmp.Or(strings.Compare(v.pre.letter, w.pre.letter), v.pre.n.compare(w.pre.n))
}

// compareOptional compares numbers of which one that is not there is less (-1) or more (1) than all others.
func compareOptional(a, b *number, absent int) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return absent
	case b == nil:
		return -absent
	}
	return a.compare(*b)
}

// compareLocal compares part by part: numbers come after words.
func compareLocal(a, b []string) int {
	return slices.CompareFunc(a, b, func(x, y string) int {
		switch {
		case isNumber(x) && isNumber(y):
			return number(x).compare(number(y))
		case isNumber(x):
			return 1
		case isNumber(y):
			return -1
		}
		return strings.Compare(x, y)
	})
}

// public returns the version without its local part.
func (v Version) public() Version {
	v.local = nil
	return v
}

// base returns the version's epoch and release alone.
func (v Version) base() Version { return Version{epoch: v.epoch, release: v.release} }
