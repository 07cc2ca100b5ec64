package pypi

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/pep440"
)

// Tags are what a wheel's name says it runs on, see PEP 425: each part may name several.
type Tags struct{ Python, ABI, Platform []string }

// Want is what an environment wants of a project.
type Want struct {
	Specifiers pep440.Specifiers
	Pre        bool   // pre-releases as well
	Python     string // such as 3.12; "": any
	Platform   string // a tag such as manylinux_2_28_x86_64; "": any
}

// Chosen is what an installer would take, or why there is nothing.
type Chosen struct {
	Version pep440.Version
	Files   []File // of that version, those that the environment can use
	Yanked  bool   // and it was yanked: a version that is named exactly is taken all the same

	Versions []pep440.Version // all that the index has, from old to new
	Rejected []string         // why versions that meet the specifiers were not taken, newest first
}

// Choose chooses as pip does: the newest version that meets the specifiers and of which there is a file for the
// environment. Yanked files count only where the version is named exactly and no other file of it is left (PEP 592).
func (p Page) Choose(w Want) (Chosen, bool) {
	var out Chosen
	by := map[string][]File{}
	for _, f := range p.Files {
		key := f.Version.String()
		if by[key] == nil {
			out.Versions = append(out.Versions, f.Version)
		}
		by[key] = append(by[key], f)
	}
	slices.SortFunc(out.Versions, pep440.Version.Compare)
	var usable []pep440.Version
	fits, yanked := map[string][]File{}, map[string]bool{}
	reject := func(v pep440.Version, why string) { out.Rejected = append(out.Rejected, v.String()+" "+why) }
	for _, v := range slices.Backward(out.Versions) {
		key := v.String()
		if !w.Specifiers.Take(v) {
			continue
		}
		files, why := w.usable(by[key])
		if len(files) == 0 {
			reject(v, why)
			continue
		}
		fresh := slices.DeleteFunc(slices.Clone(files), func(f File) bool { return f.Yanked })
		if len(fresh) == 0 && !w.Specifiers.Pin() {
			reject(v, yankedWords(files[0].Reason))
			continue
		}
		if yanked[key] = len(fresh) == 0; !yanked[key] {
			files = fresh
		}
		usable, fits[key] = append(usable, v), files
	}
	best := w.Specifiers.Choose(usable, w.Pre)
	if len(best) == 0 {
		return out, false
	}
	out.Version = best[0]
	out.Files, out.Yanked = fits[best[0].String()], yanked[best[0].String()]
	return out, true
}

func yankedWords(reason string) string {
	if reason == "" {
		return "was yanked"
	}
	return "was yanked: " + strconv.Quote(reason)
}

// usable returns the files that the environment can use, and why there is none.
func (w Want) usable(files []File) (out []File, why string) {
	for _, f := range files {
		switch {
		case w.Python != "" && !takesPython(f.RequiresPython, w.Python):
			why = "requires Python " + f.RequiresPython
		case f.Wheel && !w.runs(f.Tags):
			if why == "" {
				why = "has only wheels for others: " + f.Name
			}
		default:
			out = append(out, f)
		}
	}
	return out, why
}

// takesPython tells whether a requirement takes Python; one that cannot be read is passed over, as by pip.
func takesPython(requires, python string) bool {
	s, err := pep440.ParseSpecifiers(requires)
	if err != nil {
		return true
	}
	v, err := pep440.Parse(python)
	return err != nil || s.Take(v)
}

// runs tells whether a wheel runs in the environment.
func (w Want) runs(t Tags) bool {
	if w.Platform != "" && !slices.ContainsFunc(t.Platform, func(p string) bool { return coversPlatform(p, w.Platform) }) {
		return false
	}
	if w.Python == "" {
		return true
	}
	for _, python := range t.Python {
		for _, abi := range t.ABI {
			if runsOn(python, abi, w.Python) {
				return true
			}
		}
	}
	return false
}

var pythonTag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(py|cp)([0-9])([0-9]*)$`) })

// runsOn is for CPython of a version such as 3.12.
func runsOn(tag, abi, python string) bool {
	m := pythonTag().FindStringSubmatch(tag)
	major, rest, _ := strings.Cut(python, ".")
	minorText, _, _ := strings.Cut(rest, ".")
	minor, _ := strconv.Atoi(minorText)
	if m == nil || m[2] != major {
		return false
	}
	tagged, _ := strconv.Atoi(m[3])
	switch {
	case m[1] == "py":
		return abi == "none" && tagged <= minor
	case abi == "abi3":
		return tagged <= minor
	case abi == "none":
		return m[3] == "" || tagged == minor
	}
	return tagged == minor && (abi == tag || abi == tag+"m")
}

var (
	glibcTag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^manylinux_(\d+)_(\d+)_(.+)$`) })
	otherTag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(musllinux|macosx)_(\d+)_(\d+)_(.+)$`) })
)

// oldTags are the names that glibc's versions had before PEP 600.
var oldTags = map[string]string{"manylinux1_": "manylinux_2_5_", "manylinux2010_": "manylinux_2_12_", "manylinux2014_": "manylinux_2_17_"}

func modern(tag string) string {
	for old, now := range oldTags {
		if rest, ok := strings.CutPrefix(tag, old); ok {
			return now + rest
		}
	}
	return tag
}

// coversPlatform tells whether a wheel for tag runs on a platform of the kind that have names: built for as old a
// system or an older one, and for the same processor.
func coversPlatform(tag, have string) bool {
	tag, have = modern(tag), modern(have)
	if tag == "any" || tag == have {
		return true
	}
	t, h := glibcTag().FindStringSubmatch(tag), glibcTag().FindStringSubmatch(have)
	if h != nil {
		return tag == "linux_"+h[3] || t != nil && t[3] == h[3] && !later(t[1], t[2], h[1], h[2])
	}
	t, h = otherTag().FindStringSubmatch(tag), otherTag().FindStringSubmatch(have)
	if t == nil || h == nil || t[1] != h[1] || later(t[2], t[3], h[2], h[3]) {
		return false
	}
	return t[4] == h[4] || t[1] == "macosx" && t[4] == "universal2"
}

func later(major, minor, thanMajor, thanMinor string) bool {
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	if number(major) != number(thanMajor) {
		return number(major) > number(thanMajor)
	}
	return number(minor) > number(thanMinor)
}

// IsPlatform tells whether a tag has the form of a platform's.
func IsPlatform(tag string) bool {
	m := modern(tag)
	return glibcTag().MatchString(m) || otherTag().MatchString(m) || strings.HasPrefix(m, "linux_") || slices.Contains([]string{"win32", "win_amd64", "win_arm64"}, m)
}

// String writes a file for people.
func (f File) String() string { return fmt.Sprintf("%s (%s)", f.Name, f.Version) }
