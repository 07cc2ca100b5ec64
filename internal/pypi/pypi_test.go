package pypi

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/pep440"
)

func TestNormal(t *testing.T) {
	for name, want := range map[string]string{"Friendly-Bard": "friendly-bard", "FRIENDLY.bard": "friendly-bard", "friendly_.-bard": "friendly-bard", "a": "a"} {
		if got := Normal(name); got != want || !IsName(name) {
			t.Errorf("%s is %s", name, got)
		}
	}
	for _, name := range []string{"", "-a", "a-", "a b", "a/b", "../a", "ä", strings.Repeat("a", 201)} {
		if IsName(name) {
			t.Errorf("%.20q is a name", name)
		}
	}
}

func page(t *testing.T, project, kind, body string) (Page, error) {
	t.Helper()
	base, err := url.Parse("https://index.example/simple/" + project + "/")
	if err != nil {
		t.Fatal(err)
	}
	return Parse(project, base, kind, []byte(body))
}

// TestFileNames reads names as indexes really have them.
func TestFileNames(t *testing.T) {
	for name, want := range map[string]string{
		"my_project-1.0-py3-none-any.whl":            "1.0 wheel",
		"My.Project-1.0-1build-py2.py3-none-any.whl": "1.0 wheel",
		"my_project-1.0_1-py3-none-any.whl":          "1.0.post1 wheel",
		"my-project-1.0.tar.gz":                      "1.0",
		"my_project-1.0+local.1.zip":                 "1.0+local.1",
		"my-project-1.0-1.tar.gz":                    "1.0.post1",
		"my-project-extra-1.0.tar.gz":                "",
		"my-project-1.0-py3.9.egg":                   "",
		"my_project-1.0-py3-none.whl":                "",
		"other-1.0-py3-none-any.whl":                 "",
		"my-project.tar.gz":                          "",
		"my_project-latest-py3-none-any.whl":         "",
		"my_project-1.0-py3-none-any.whl.metadata":   "",
	} {
		f := File{Name: name}
		got := ""
		if f.identify("my-project") {
			got = f.Version.String()
			if f.Wheel {
				got += " wheel"
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestHTML(t *testing.T) {
	p, err := page(t, "web", "text/html; charset=utf-8", `<!-- <a href="web-9.tar.gz">x</a> --><base href="https://files.example/x/"><A HREF='web-1.0.tar.gz#sha256=AB' data-requires-python="&gt;=3.8">web-1.0.tar.gz</a>
<a href="/web-2.0.tar.gz" data-yanked>web<a>none</a><a href="::">bad</a><a href="web-3.0.tar.gz">web-3.0.tar.gz`)
	if err != nil || len(p.Files) != 3 {
		t.Fatal(p, err)
	}
	if f := p.Files[0]; f.URL != "https://files.example/x/web-1.0.tar.gz" || f.Hashes["sha256"] != "ab" || f.RequiresPython != ">=3.8" || f.Yanked {
		t.Errorf("%+v", f)
	}
	if f := p.Files[1]; f.URL != "https://files.example/web-2.0.tar.gz" || !f.Yanked || f.Reason != "" {
		t.Errorf("%+v", f)
	}
}

func TestPagesThatAreNone(t *testing.T) {
	for kind, body := range map[string]string{
		"application/json": "[]", "application/vnd.pypi.simple.v1+json": `{"meta":{"api-version":"2.0"},"files":[]}`, "text/plain": "", "": "",
	} {
		if p, err := page(t, "web", kind, body); err == nil {
			t.Errorf("%s: %v", kind, p)
		}
	}
}

// TestPlatforms: what runs where, after PEP 425, 600 and 656.
func TestPlatforms(t *testing.T) {
	for _, row := range []struct {
		tag, have string
		want      bool
	}{
		{"any", "win_amd64", true},
		{"manylinux1_x86_64", "manylinux_2_28_x86_64", true},
		{"manylinux2014_x86_64", "manylinux_2_17_x86_64", true},
		{"manylinux_2_28_x86_64", "manylinux2014_x86_64", false},
		{"manylinux_2_17_aarch64", "manylinux_2_28_x86_64", false},
		{"linux_x86_64", "manylinux_2_28_x86_64", true},
		{"musllinux_1_1_x86_64", "musllinux_1_2_x86_64", true},
		{"musllinux_1_1_x86_64", "manylinux_2_28_x86_64", false},
		{"macosx_10_9_universal2", "macosx_14_0_arm64", true},
		{"macosx_15_0_arm64", "macosx_14_0_arm64", false},
		{"win_amd64", "win32", false},
	} {
		if got := coversPlatform(row.tag, row.have); got != row.want {
			t.Errorf("%s on %s: %t", row.tag, row.have, got)
		}
	}
}

func TestPythons(t *testing.T) {
	for _, row := range []struct {
		tag, abi, python string
		want             bool
	}{
		{"py3", "none", "3.12", true},
		{"py2", "none", "3.12", false},
		{"py312", "none", "3.12", true},
		{"py313", "none", "3.12", false},
		{"cp312", "cp312", "3.12", true},
		{"cp312", "cp312", "3.12.4", true},
		{"cp311", "cp311", "3.12", false},
		{"cp37", "cp37m", "3.7", true},
		{"cp39", "abi3", "3.12", true},
		{"cp313", "abi3", "3.12", false},
		{"cp313", "cp313t", "3.13", false},
		{"pp310", "pypy310_pp73", "3.10", false},
		{"cp3", "none", "3.12", true},
	} {
		if got := runsOn(row.tag, row.abi, row.python); got != row.want {
			t.Errorf("%s-%s on %s: %t", row.tag, row.abi, row.python, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("text/html", `<a href="web-1.0.tar.gz#sha256=ab" data-yanked="x">web</a>`)
	f.Add("application/json", `{"files":[{"filename":"web-1.0-py3-none-any.whl","url":"x","yanked":true}]}`)
	f.Fuzz(func(t *testing.T, kind, body string) {
		p, err := page(t, "web", kind, body)
		if err != nil {
			return
		}
		s, _ := pep440.ParseSpecifiers(">=1")
		chosen, ok := p.Choose(Want{Specifiers: s, Python: "3.12", Platform: "manylinux_2_28_x86_64"})
		if ok && (len(chosen.Files) == 0 || !s.Take(chosen.Version)) {
			t.Error(fmt.Sprint(chosen))
		}
	})
}
