package leak

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	"pgregory.net/rapid"
)

// gitleaks' own detector, set up as the scanner is.
func gitleaks(t *testing.T) *detect.Detector {
	if _, err := theScanner(); err != nil { // which silences gitleaks
		t.Fatal(err)
	}
	cfg, err := theRules()
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range cfg.Allowlists {
		everywhere := &config.Allowlist{MatchCondition: a.MatchCondition, RegexTarget: a.RegexTarget, Regexes: a.Regexes, StopWords: a.StopWords}
		if err := everywhere.Validate(); err != nil {
			t.Fatal(err)
		}
		cfg.Allowlists[i] = everywhere
	}
	d := detect.NewDetector(cfg)
	d.IgnoreGitleaksAllow = true
	d.MaxDecodeDepth = 1
	return d
}

// sameAsGitleaks compares all that is found in a text. Gitleaks itself leaves out guesses beside what is certain.
func sameAsGitleaks(t *testing.T, d *detect.Detector, name, text string) (found int) {
	t.Helper()
	s, err := theScanner()
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	all := s.find(t.Context(), name, text)
	for _, f := range all {
		if f.Line = max(f.Line, 1); !overshadowed(f, all) {
			got = append(got, fmt.Sprintf("%d %s %q", f.Line, f.Rule, f.Secret))
		}
	}
	for _, f := range d.DetectContext(t.Context(), detect.Fragment{Raw: text, FilePath: name, StartLine: 1}) { //nolint:staticcheck // v8 takes nothing else
		want = append(want, fmt.Sprintf("%d %s %q", max(f.StartLine, 1), f.RuleID, f.Secret))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: found %q, and gitleaks %q in %.300q", name, got, want, text)
	}
	return len(want)
}

func overshadowed(f Finding, by []Finding) bool {
	return strings.HasPrefix(f.Rule, "generic") && slices.ContainsFunc(by, func(o Finding) bool {
		return o.Line == f.Line && !strings.Contains(o.Rule, "generic") && strings.Contains(o.Secret, f.Secret)
	})
}

// Texts that match the rules are made of the rules themselves, and stand in lines of all kinds, also encoded.
func TestFindsWhatGitleaksFinds(t *testing.T) {
	d, cases := gitleaks(t), 0
	found := map[string]bool{}
	for _, id := range d.Config.OrderedRules {
		r := d.Config.Rules[id]
		if len(r.RequiredRules) > 0 {
			t.Errorf("the rule %s has several parts, which the scanner does not know", id)
		}
		if r.Regex == nil {
			continue
		}
		secrets, ok := matching(r.Regex.String())
		if !ok {
			continue
		}
		for seed := range 3 {
			secret := secrets.Example(seed)
			for _, line := range []string{
				secret, "a\nb: 1\n" + secret + "\nc\n", "x = \"" + secret + "\" # " + cmp.Or(append(r.Keywords, "")...), "key: " + secret,
				"data: " + base64.StdEncoding.EncodeToString([]byte(cmp.Or(append(r.Keywords, "")...)+" "+secret+" ")) + "\r\n",
			} {
				cases++
				if sameAsGitleaks(t, d, "config.yaml", line) > 0 {
					found[id] = true
				}
			}
		}
	}
	if cases < 2000 || len(found) < 150 {
		t.Errorf("only %d texts, and findings of %d rules of %d", cases, len(found), len(d.Config.Rules))
	}
}

// matching makes texts that match a regular expression, where it can be understood.
func matching(expr string) (g *rapid.Generator[string], ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	g = rapid.StringMatching(strings.NewReplacer(`\b`, ``, `(?:^|`, `(?:`, `\z`, ``).Replace(expr))
	g.Example(0)
	return g, true
}

// Names of files decide as well, and so do lists of what is allowed.
func TestFindsInFilesWhatGitleaksFinds(t *testing.T) {
	d := gitleaks(t)
	token := "token: ghp_" + "R4nd0mTokenOfThirtySixLettersAbCdEfG\n"
	for _, name := range []string{"", "a.go", "a.php", "main.tf", "values.yaml", "nuget.config", "id.p12", "certs/a.pfx", "yarn.lock", "go.sum", "a/b/github_deploy_key.md", "gitleaks.toml", "x/@octokit/auth-token/README.md", "layers/web.bb"} {
		sameAsGitleaks(t, d, name, token)
		sameAsGitleaks(t, d, name, "LICENSE[md5sum] = \"d41d8cd98f00b204e9800998ecf8427e\"\nLIC_FILES_CHKSUM_KEY = \"file://LICENSE;md5=9741c346eef56131163e13b9db1241b3\"\nSRCREV_token = \"9f2feb0f1ef425b292f2f94a1bb7b3c8e2d4a6f1\"\n")
		sameAsGitleaks(t, d, name, "password = \"aB3$xY9kLm2#\"\n<add key=\"Password\" value=\"hunter22hunter\" />\nkind: Secret\ndata:\n  a: c2VjcmV0LXBhc3N3b3JkLTEyMw==\n")
	}
	texts := 0
	err := filepath.WalkDir("../../testdata", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		src, err := os.ReadFile(path)
		if texts++; err == nil {
			sameAsGitleaks(t, d, filepath.ToSlash(path), string(src))
		}
		return err
	})
	if err != nil || texts < 100 {
		t.Error(texts, err)
	}
}
