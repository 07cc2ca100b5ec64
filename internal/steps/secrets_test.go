package steps

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// secretsBench is a checkout, with what a look names to the redactor and remarks.
func secretsBench(t testing.TB, files map[string]string) (at check.Site, secrets, remarks *[]string) {
	at = localSite(t, files)
	secrets, remarks = &[]string{}, &[]string{}
	at.Secret = func(s string) { *secrets = append(*secrets, s) }
	at.Warn = func(format string, args ...any) { *remarks = append(*remarks, fmt.Sprintf(format, args...)) }
	return at, secrets, remarks
}

func TestSecretsLook(t *testing.T) {
	big := strings.Repeat("a line without anything\n", maxScanned/20)
	at, secrets, remarks := secretsBench(t, map[string]string{
		"charts/web/values.yaml": "image: web\ndb:\n  password: hunter2\n", "charts/web/templates/a.yaml": "kind: Secret\npassword: {{ .Values.db.password }}\n",
		"charts/web/ci/test.yaml": "password: for-tests\n", "helm/web.yaml": "host: web.example\n", "helm/.env": "SECRET_KEY=abcd1234\n",
		"logo.png": "\x89PNG\x00\x00", "big.txt": big, "out": "-> /etc/hostname", ".git/config": "password = hunter2\n", "empty/x/y.txt": "",
	})
	tests := []struct{ name, args, want string }{
		{"None", `{files: helm/*.yaml}`, "ok: none in 1 file"},
		{"Found", `{files: "charts/**"}`, "failed: want no secrets in charts/**, saw 2 in charts/web/ci/test.yaml:1 (password-literal), charts/web/values.yaml:3 (password-literal)"},
		{"Folder", `{files: charts}`, "failed: want no secrets in charts, saw 2 in charts/web/ci/test.yaml:1 (password-literal), charts/web/values.yaml:3 (password-literal)"},
		{"Hidden", `{files: helm}`, "failed: want no secrets in helm, saw 1 in helm/.env:1 (secret-key)"},
		{"AllowedPath", `{files: "charts/**", allow: [{path: "charts/**/ci", reason: throw-away}, {fingerprint: "charts/web/values.yaml:password-literal:3", reason: demo}]}`, "ok: none in 3 files"},
		{"AllowedElsewhere", `{files: charts/web/values.yaml, allow: [{fingerprint: "charts/web/values.yaml:password-literal:4", reason: demo}]}`, "failed: want no secrets in charts/web/values.yaml, saw 1 in charts/web/values.yaml:3 (password-literal)"},
		{"TooLarge", `{files: [big.txt, helm/web.yaml]}`, "error: not looked at: big.txt, which is larger than 4 MiB; narrow the globs, or allow the file with a reason"},
		{"TooLargeAllowed", `{files: [big.txt, helm/web.yaml], allow: {path: big.txt, reason: generated}}`, "ok: none in 1 file"},
		{"LinkOut", `{files: "o*t"}`, "error: not looked at: out leads out of the checkout; narrow the globs, or allow the file with a reason"},
		{"LinkOutNamed", `{files: out}`, "denied: out leads out of the checkout"},
		{"Output", `{run: "echo password=hunter2"}`, "failed: want no secrets in output of echo password=hunter2, saw 1 in stdout:1 (password-literal)"},
		{"ErrorOutput", `{run: "echo a; echo password=hunter2 >&2"}`, "failed: want no secrets in output of echo a; echo password=hunter2 >&2, saw 1 in stderr:1 (password-literal)"},
		{"OutputClean", `{run: "echo $greeting", env: {greeting: hello}}`, "ok: none in 1 text"},
		{"OutputFailed", `{run: "echo password=hunter2; exit 3"}`, "error: the command ended with exit 3: its output is not what was meant"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, got := localLook(t, secretsKind(), at, tt.args)
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if shown := fmt.Sprint(r.Self); strings.Contains(shown, "hunter2") || strings.Contains(shown, "abcd1234") {
				t.Errorf("a secret is shown: %s", shown)
			}
		})
	}
	for _, s := range []string{"hunter2", "abcd1234", "for-tests"} {
		if !slices.Contains(*secrets, s) {
			t.Errorf("%q was not named to the redactor", s)
		}
	}
	*remarks = nil
	for _, args := range []string{`{files: "empty/*.txt"}`, `{files: nowhere}`, `{files: logo.png}`, `{files: "**/config"}`, `{run: "true"}`} {
		if r, got := localLook(t, secretsKind(), at, args); !r.Empty {
			t.Errorf("%s is not empty: %s", args, got)
		}
	}
	if want := []string{"binary files are not looked at: logo.png"}; !slices.Equal(*remarks, want) {
		t.Errorf("remarks %q", *remarks)
	}
	*remarks = nil
	localLook(t, secretsKind(), at, `{files: [helm/web.yaml], allow: [{path: nothing, reason: x}]}`)
	if want := []string{"allow nothing matches nothing: take it out"}; !slices.Equal(*remarks, want) {
		t.Errorf("remarks %q", *remarks)
	}
}

func TestSecretsOfAChart(t *testing.T) {
	helmOnPath(t)
	at, _, _ := secretsBench(t, webChart(map[string]string{
		"charts/web/templates/secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData:\n  password: {{ .Values.password | quote }}\n",
		"secret-values.yaml":               "password: hunter2\n",
	}))
	for _, tt := range []struct{ name, args, want string }{
		{"None", `{chart: charts/web}`, "ok: none in 3 texts"},
		{"Found", `{chart: charts/web, values: secret-values.yaml}`, "failed: want no secrets in rendered charts/web, saw 1 in web/templates/secret.yaml:5 (password-literal)"},
		{"NoChart", `{chart: charts/none}`, "error: read charts/none: no such file or directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := localLook(t, secretsKind(), at, tt.args); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(at.Dir, "charts/web/link")); err != nil {
		t.Fatal(err)
	}
	if _, got := localLook(t, secretsKind(), at, `{chart: charts/web}`); got != "denied: charts/web/link leads out of the checkout" {
		t.Errorf("got %s", got)
	}
}

func TestSecretsArguments(t *testing.T) {
	for _, tt := range []struct{ name, args, want string }{
		{"Good", `{files: ["**/*.yaml", charts], allow: [{path: "charts/**", reason: x}]}`, ""},
		{"Nothing", `{}`, "[]: nothing is looked at"},
		{"Outside", `{files: [../x, /etc/*]}`, "[files 0]: the glob leads out of the checkout; [files 1]: the glob leads out of the checkout"},
		{"Glob", `{files: ["a[", ""]}`, "[files 0]: this is no glob: syntax error in pattern; [files 1]: this is no glob of files"},
		{"RemoteChart", `{chart: "oci://registry.example/web"}`, "[chart]: this is no folder of the checkout"},
		{"ValuesAlone", `{files: a, values: [b]}`, "[values]: values and namespace are for a chart"},
		{"Shell", `{run: "echo 'x"}`, "[run]: the command is no shell: 1:6: reached EOF without closing quote `'`"},
		{"AllowBoth", `{files: a, allow: {path: a, fingerprint: "a:b:1", reason: x}}`, "[allow 0]: one of path and fingerprint says what may stay"},
		{"AllowNoReason", `{files: a, allow: {path: a, reason: " "}}`, "[allow 0 reason]: the reason is empty"},
		{"AllowPrint", `{files: a, allow: {fingerprint: abc, reason: x}}`, "[allow 0 fingerprint]: this is no fingerprint"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, problems := localArgs(t, secretsKind(), tt.args); problemLine(problems) != tt.want {
				t.Errorf("got  %s\nwant %s", problemLine(problems), tt.want)
			}
		})
	}
}

func TestMatchPath(t *testing.T) {
	for _, tt := range []struct {
		glob, name string
		want       bool
	}{
		{"a/b", "a/b", true},
		{"a", "a/b", true},
		{"a/*", "a/b/c", true},
		{"a/*.yaml", "a/b.yaml", true},
		{"a/*.yaml", "a/c/b.yaml", false},
		{"**/*.yaml", "b.yaml", true},
		{"**/*.yaml", "a/c/b.yaml", true},
		{"**", "a/b", true},
		{"a/**/c", "a/c", true},
		{"a/**/c", "a/b/c", true},
		{"a/**/c", "a/b/d", false},
		{"ab", "a", false},
		{"a/b", "a", false},
	} {
		if got := matchPath(strings.Split(tt.glob, "/"), strings.Split(tt.name, "/")); got != tt.want {
			t.Errorf("%s matches %s: %t", tt.glob, tt.name, got)
		}
	}
}
