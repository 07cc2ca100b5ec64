package pep440

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// ordered are versions of the specification's own examples and more, from old to new.
var ordered = []string{
	"0.dev1", "0", "0.0.0.post1", "1.dev0", "1.0.dev456", "1.0a1.dev1", "1.0a1", "1.0a1.post1.dev2", "1.0a1.post1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12",
	"1.0b1.dev456", "1.0b2", "1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5", "1.0+5.1",
	"1.0.post456.dev34", "1.0.post456", "1.0.post456+local", "1.1.dev1", "1.1", "1.2", "1.10", "20261122", "99999999999999999999999999", "1!0.1", "1!1.0",
}

func TestOrder(t *testing.T) {
	var versions []Version
	for _, s := range ordered {
		v, err := Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, v)
	}
	for i, v := range versions {
		for k, w := range versions {
			if got := v.Compare(w); got != min(1, max(-1, i-k)) {
				t.Errorf("%s and %s: %d", v, w, got)
			}
		}
	}
}

func TestParse(t *testing.T) {
	for s, want := range map[string]string{
		" V1.0 ": "1.0", "1.0-ALPHA_3": "1.0a3", "1.0pre": "1.0rc0", "1.0c1": "1.0rc1", "1-2": "1.post2", "1.0.r": "1.0.post0", "1rev3": "1.post3",
		"1.0_dev": "1.0.dev0", "1.0+Ubuntu-01_x": "1.0+ubuntu.1.x", "0!1": "1", "01.002": "1.2", "1.0preview4.post5.dev6+7": "1.0rc4.post5.dev6+7",
	} {
		if v, err := Parse(s); err != nil || v.String() != want {
			t.Errorf("%q: %v, %v, want %s", s, v, err, want)
		}
	}
	for _, s := range []string{"", "v", "1.", "1..0", "latest", "1.0+", "1.0+a..b", "1.0 0", "1.x", "-1", "1!", "1.0.*", "１", strings.Repeat("1", 1001)} {
		if v, err := Parse(s); err == nil {
			t.Errorf("%.20q is %s", s, v)
		}
	}
}

func TestSpecifiersThatAreNone(t *testing.T) {
	for _, s := range []string{"1.0", "=1.0", "=>1.0", ">=", "~=1", "~=1.0+a", ">1.0+a", ">=1.*", "==1.0a1.*", "==1.0+a.*", "===", "=== a b", "==1.0 ==2.0", "^1.0", "==*", ">=1.0 || <2", strings.Repeat("==1,", 200)} {
		if got, err := ParseSpecifiers(s); err == nil {
			t.Errorf("%.30q is %v", s, got)
		}
	}
}

func TestChoose(t *testing.T) {
	for _, row := range []struct {
		specifiers, from, want string
		pre                    bool
	}{
		{"", "1.0 2.0 3.0a1", "1.0 2.0", false},
		{"", "1.0 2.0 3.0a1", "1.0 2.0 3.0a1", true},
		{"", "3.0a1 3.0.dev1", "3.0a1 3.0.dev1", false},
		{">=2", "1.0 3.0a1", "3.0a1", false},
		{">=3.0a0", "2.0 3.0a1 3.0", "3.0a1 3.0", false},
		{"!=3.0a0", "2.0 3.0a1 3.0", "2.0 3.0", false},
		{">=0.2,<0.3", "0.1 0.2 0.2.5 0.3.dev1 0.3", "0.2 0.2.5", false},
		{"~=1.4.2", "1.4.1 1.4.2 1.4.10 1.5", "1.4.2 1.4.10", false},
		{"===1.0+x", "1.0 1.0+x", "1.0+x", false},
		{"==1.0", "1.0 1.0+x 1.0.0 1.0.post1", "1.0 1.0+x 1.0.0", false},
		{">1.0", "1.0 1.0+x 1.0.post1 1.0.1", "1.0.1", false},
	} {
		s, err := ParseSpecifiers(row.specifiers)
		if err != nil {
			t.Fatal(err)
		}
		var from []Version
		for f := range strings.FieldsSeq(row.from) {
			v, _ := Parse(f)
			from = append(from, v)
		}
		if got := strings.Trim(fmt.Sprint(s.Choose(from, row.pre)), "[]"); got != row.want {
			t.Errorf("%q of %s: %s, want %s", row.specifiers, row.from, got, row.want)
		}
	}
}

// versions and conditions are drawn near to each other, so that they often meet.
func drawVersion(t *rapid.T) string {
	part := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	return part("epoch", "", "", "", "1!") + part("release", "1", "1.0", "1.1", "1.0.0", "1.0.1", "2", "1.10") +
		part("pre", "", "", "", "a1", "b2", "rc1", ".rc.01") + part("post", "", "", "", ".post1", "-2", "r") +
		part("dev", "", "", "", ".dev1", "dev") + part("local", "", "", "", "+a", "+1", "+a.1", "+A-01")
}

func drawSpecifier(t *rapid.T) string {
	o := rapid.SampledFrom(operators).Draw(t, "operator")
	v := drawVersion(t)
	if rapid.IntRange(0, 3).Draw(t, "star") == 0 {
		v += ".*"
	}
	return o + v
}

func TestOrderIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var vs []Version
		for range 3 {
			v, err := Parse(drawVersion(t))
			if err != nil {
				t.Fatal(err)
			}
			again, err := Parse(v.String())
			if err != nil || again.Compare(v) != 0 || again.String() != v.String() {
				t.Fatalf("%s read again is %s, %v", v, again, err)
			}
			vs = append(vs, v)
		}
		slices.SortFunc(vs, Version.Compare)
		if vs[0].Compare(vs[1]) > 0 || vs[1].Compare(vs[2]) > 0 || vs[0].Compare(vs[2]) > 0 || vs[0].Compare(vs[2]) != -vs[2].Compare(vs[0]) {
			t.Fatal(vs)
		}
	})
}

// TestSpecifiersAgree: what is equal is not unequal, what is less is not more, and ~= is >= and ==.
func TestSpecifiersAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, _ := Parse(drawVersion(t))
		w := drawVersion(t)
		takes := func(s string) bool {
			c, err := ParseSpecifiers(s)
			if err != nil {
				t.Skip(err)
			}
			return c.Take(v)
		}
		if takes("=="+w) == takes("!="+w) {
			t.Fatal("== and !=", v, w)
		}
		if base, _, local := strings.Cut(w, "+"); !local {
			if takes("<"+w) && takes(">"+w) || takes("<"+w) && !takes("<="+w) || takes("~="+base) && !takes(">="+w) {
				t.Fatal("order", v, w)
			}
		}
	})
}

// TestAsPackaging compares with the library that pip itself uses, where there is one on this machine.
func TestAsPackaging(t *testing.T) {
	const script = `
import sys
from pip._vendor.packaging.specifiers import Specifier, InvalidSpecifier
from pip._vendor.packaging.version import Version, InvalidVersion
for line in sys.stdin:
    v, w, s = line.rstrip("\n").split("\t")
    a, b = Version(v), Version(w)
    try: took = str(all([Specifier(one).contains(a, prereleases=True) for one in s.split(",")]))
    except InvalidSpecifier: took = "invalid"
    print(str(a), (a > b) - (a < b), took, sep="\t")
`
	python, err := exec.LookPath("python3")
	if err == nil {
		err = exec.Command(python, "-c", "from pip._vendor.packaging.specifiers import Specifier").Run()
	}
	if err != nil {
		t.Skip("needs python3 with pip")
	}
	var in []string
	add := func(v, w, s string) { in = append(in, v+"\t"+w+"\t"+s) }
	for _, v := range ordered {
		for _, w := range ordered {
			for _, o := range operators {
				add(v, w, o+w)
			}
			add(v, w, "=="+w+".*")
		}
	}
	rapid.Check(t, func(t *rapid.T) { add(drawVersion(t), drawVersion(t), drawSpecifier(t)+","+drawSpecifier(t)) })
	file := t.TempDir() + "/in"
	if err := os.WriteFile(file, []byte(strings.Join(in, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", script)
	cmd.Stdin, _ = os.Open(file)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(strings.NewReader(string(out)))
	for _, row := range in {
		lines.Scan()
		cells := strings.Split(row, "\t")
		v, err := Parse(cells[0])
		w, err2 := Parse(cells[1])
		if err != nil || err2 != nil {
			t.Fatal(row, err, err2)
		}
		took := "invalid"
		if s, err := ParseSpecifiers(cells[2]); err == nil {
			took = map[bool]string{true: "True", false: "False"}[s.Take(v)]
		}
		bare := v.pre == nil && v.post == nil && v.dev == nil
		if prefix := strings.Contains(cells[2], ".*") || strings.Contains(cells[2], "~="); prefix && (took == "invalid" || (!bare || strings.Contains(cells[0], "!")) && len(v.release) < 3) {
			continue // until version 22 packaging took ==1.0a1.*, and did not see that 1.dev0 is 1.0.dev0 and 1!1 is 1!1.0, for ==1.0.* and for ~=1.0.0
		}
		if got := fmt.Sprintf("%s\t%d\t%s", v, v.Compare(w), took); got != lines.Text() {
			t.Errorf("%s: %q, packaging %q", row, got, lines.Text())
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range append(ordered, "==1.0.*,~=2.2", ">1", "===x") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := Parse(s); err == nil {
			if again, err := Parse(v.String()); err != nil || again.Compare(v) != 0 {
				t.Errorf("%q: %s read again is %s, %v", s, v, again, err)
			}
		}
		_, _ = ParseSpecifiers(s)
	})
}
