package policy

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestRedactValues(t *testing.T) {
	tests := []struct{ name, secret, text, want string }{
		{"Plain", "hunter22", "the password is hunter22.", "the password is •••."},
		{"Twice", "hunter22", "hunter22hunter22", "••••••"},
		{"Short", "abc", "abc", "abc"},
		{"Trimmed", "hunter22\n", "is hunter22", "is •••"},
		{"Query", "a+b/c d=", "?p=a%2Bb%2Fc+d%3D&", "?p=•••&"},
		{"QueryLower", "a+b/c d=", "?p=a%2bb%2fc%20d%3d&", "?p=•••&"},
		{"Path", "a+b/c d=", "/a+b%2Fc%20d=/", "/•••/"},
		{"JSON", "pass\"<é>\n1", `{"p": "pass\"<é>\n1"}`, `{"p": "•••"}`},
		{"JSONForHTML", "pass\"<é>\n1", `{"p": "pass\"\u003cé\u003e\n1"}`, `{"p": "•••"}`},
		{"JSONInASCII", "pass\"<é>\n1", `{"p": "pass\"<\u00e9>\n1"}`, `{"p": "•••"}`},
		{"JSONInJSON", "pass\"1", `"{\"p\": \"pass\\\"1\"}"`, `"{\"p\": \"•••\"}"`},
		{"Go", "pass\"\x00é", `"pass\"\x00é" "pass\"\x00\u00e9"`, `"•••" "•••"`},
		{"JSONInQuotes", "pass\"&1", `"{\"p\": \"pass\\\"\\u00261\"}"`, `"{\"p\": \"•••\"}"`},
		{"Blanks", "pass  word\t1", "a pass word 1, x", "a •••, x"},
		{"Hex", "hunter22", "68756e7465723232 68756E7465723232", "••• •••"},
		{"Base64", "hunter22", "aHVudGVyMjI= aHVudGVyMjI", "••• •••"},
		{"BasicAuth", "hunter22", base64.StdEncoding.EncodeToString([]byte("user:hunter22")), "dXNlcjp•••"},
		{"HTML", "a<b&c\"d", "a&lt;b&amp;c&#34;d a&lt;b&amp;c&quot;d", "••• •••"},
		{"Shell", "it's me", `'it'\''s me' 'it''s me'`, `'•••' '•••'`},
		{"Lines", "first line\nsecond line\nx", "a second line, x", "a •••, x"},
		{"Marks", "••", "a •• b", "a •• b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r Redactor
			r.Add(tt.secret)
			if got := r.String(tt.text); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestRedactSeveral(t *testing.T) {
	tests := []struct{ name, secrets, text, want string }{
		{"LongestFirst", "abcd abcdef", "xabcdefx abcdx", "x•••x •••x"},
		{"Overlap", "abcdef defghi", "xabcdefghix", "x•••x"},
		{"Inside", "bcde abcdefgh", "abcdefgh bcde", "••• •••"},
		{"Chain", "aaaab aabbb", "aaaaabbbx", "a•••x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r Redactor
			for _, s := range strings.Fields(tt.secrets) {
				r.Add(s)
			}
			if got := r.String(tt.text); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestRedactLongValue(t *testing.T) {
	secret := make([]byte, 20<<10)
	rng := rand.NewChaCha8([32]byte{1})
	for i := range secret {
		secret[i] = alnum[rng.Uint64()%uint64(len(alnum))]
	}
	var r Redactor
	r.Add(string(secret))
	for _, text := range []string{string(secret), base64.StdEncoding.EncodeToString(secret), hex.EncodeToString(secret)} {
		if got := r.String(text); len(got) > 200 {
			t.Errorf("left %d bytes of %d", len(got), len(text))
		}
	}
}

const (
	key20 = "abcdefghijklmnopqrst"
	hex40 = "0123456789abcdef0123456789abcdef01234567"
	pem   = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\nabc+/=\n-----END EC PRIVATE KEY-----"
)

func TestRedactShapes(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"JWT", "x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_-9 y", "x ••• y"},
		{"NoJWT", "eyJhbGciOiJIUzI1NiJ9 eyJa.b.c", "eyJhbGciOiJIUzI1NiJ9 eyJa.b.c"},
		{"GitHub", "ghp_" + key20 + key20 + " github_pat_" + key20, "••• •••"},
		{"GitLab", "(glpat-" + key20 + ")", "(•••)"},
		{"Gitea", "Authorization: token " + hex40, "Authorization: token •••"},
		{"GiteaQuery", "?token=" + hex40 + "&x", "?token=•••&x"},
		{"Commit", "commit " + hex40 + " token " + hex40 + "0", "commit " + hex40 + " token " + hex40 + "0"},
		{"AWS", "AKIAIOSFODNN7EXAMPLE AKIAIOSFODNN7EXAMPLES", "••• AKIAIOSFODNN7EXAMPLES"},
		{"AWSSecret", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AWS_SECRET_ACCESS_KEY=•••"},
		{"Bearer", "Bearer abcdefghijklmno1 Bearer abcdefghijklmnop", "Bearer ••• Bearer abcdefghijklmnop"},
		{"Basic", `{"Authorization": "Basic dXNlcjpwYXNz"}`, `{"Authorization": "Basic •••"}`},
		{"Prose", "bearer of news; authorization: please ask; tokens; Basic authentication", "bearer of news; authorization: please ask; tokens; Basic authentication"},
		{"Age", "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQ", "•••"},
		{"Slack", "xoxb-1234567890-abc", "•••"},
		{"PEM", "a\n" + pem + "\nb", "a\n•••\nb"},
		{"PEMInJSON", `"` + strings.ReplaceAll(pem, "\n", `\n`) + `"`, `"•••"`},
		{"PEMWithoutEnd", "-----BEGIN PRIVATE KEY-----\nMHcC\nAQEE", "•••"},
		{"Certificate", "-----BEGIN CERTIFICATE-----\nMHcC\n-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nMHcC\n-----END CERTIFICATE-----"},
		{"URL", "postgres://web:hun/t=er@db:5432/x?y@z", "postgres://•••@db:5432/x?y@z"},
		{"URLWithAtSign", "https://u:p@ss@host/", "https://•••@host/"},
		{"URLWithoutPassword", "https://host:8080/a@b ssh://git@host/x http://[::1]:80/@ https://u:@h", "https://host:8080/a@b ssh://git@host/x http://[::1]:80/@ https://u:@h"},
		{"ImageDigest", "docker://alpine:3@sha256:abc", "docker://alpine:3@sha256:abc"},
		{"Table", "|-----|------|\n-----\n", "|-----|------|\n-----\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r Redactor
			got := r.String(tt.text)
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if again := r.String(got); again != got {
				t.Errorf("again: %s", again)
			}
			for size := 1; size < 9; size++ {
				if s := streamed(t, &r, tt.text, func() int { return size }); s != got {
					t.Errorf("in pieces of %d: %s", size, s)
				}
			}
		})
	}
}

// streamed is text through a Writer, in pieces of the given sizes.
func streamed(t interface{ Fatal(...any) }, r *Redactor, text string, size func() int) string {
	var b strings.Builder
	w := r.Writer(&b)
	for text != "" {
		n := min(len(text), max(1, size()))
		if _, err := io.WriteString(w, text[:n]); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// encodings are forms in which a secret may come, written independently of forms.
var encodings = map[string]func(secret, before, after string) (text, telling string){
	"Raw":       func(s, a, b string) (string, string) { return a + s + b, s },
	"Query":     func(s, a, b string) (string, string) { return a + url.QueryEscape(s) + b, url.QueryEscape(s) },
	"Path":      func(s, a, b string) (string, string) { return a + url.PathEscape(s) + b, url.PathEscape(s) },
	"JSON":      func(s, a, b string) (string, string) { j := marshal(s); return a + j + b, j[1 : len(j)-1] },
	"JSONTwice": func(s, a, b string) (string, string) { j := marshal(marshal(s)); return a + j + b, j[3 : len(j)-3] },
	"JSONField": func(s, a, b string) (string, string) { j := marshal(s); return marshal(a + s + b), j[1 : len(j)-1] },
	"Quoted":    func(s, a, b string) (string, string) { q := strconv.Quote(s); return a + q + b, q[1 : len(q)-1] },
	"Hex": func(s, a, b string) (string, string) {
		return a + hex.EncodeToString([]byte(s)) + b, hex.EncodeToString([]byte(s))
	},
	"Base64":    func(s, a, b string) (string, string) { return inBase64(base64.StdEncoding, s, a, b) },
	"Base64URL": func(s, a, b string) (string, string) { return inBase64(base64.RawURLEncoding, s, a, b) },
	"Base64Alone": func(s, a, b string) (string, string) {
		e := base64.StdEncoding.EncodeToString([]byte(s))
		return a + e + b, strings.TrimRight(e, "=")
	},
}

func marshal(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// inBase64 encodes before+s+after, and finds by trying which characters depend on s alone.
func inBase64(enc *base64.Encoding, s, before, after string) (text, telling string) {
	text = enc.EncodeToString([]byte(before + s + after))
	flip := func(x string) string {
		b := []byte(x)
		for i := range b {
			b[i] ^= 0xff
		}
		return string(b)
	}
	other := enc.EncodeToString([]byte(flip(before) + s + flip(after) + "xx"))
	from := len(before) * 8 / 6
	for from < len(text) && text[from] != other[from] {
		from++
	}
	to := min(len(text), (len(before)+len(s))*8/6)
	return text, text[from:to]
}

func secrets() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[A-Za-z0-9+/=_-]{8,60}`),
		rapid.StringOfN(rapid.RuneFrom([]rune("abc\"'<>&\\/+=% \n\té€😀")), 8, 20, -1),
		rapid.StringMatching(`[ -~]{8,40}`),
	).Filter(func(s string) bool { return strings.TrimSpace(s) == s })
}

func TestSecretsNeverComeOut(t *testing.T) { rapid.Check(t, secretsNeverComeOut) }

func secretsNeverComeOut(t *rapid.T) {
	var r Redactor
	all := rapid.SliceOfN(secrets(), 1, 4).Draw(t, "secrets")
	for _, s := range all {
		r.Add(s)
	}
	filler := rapid.StringMatching(`[ -~\n]{0,40}`)
	var text strings.Builder
	var telling []string
	for _, s := range all {
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(encodings))).Draw(t, "encoding")
		planted, tells := encodings[name](s, filler.Draw(t, "before"), filler.Draw(t, "after"))
		text.WriteString(planted)
		telling = append(telling, tells)
	}
	got := r.String(text.String())
	for i, tells := range telling {
		if strings.Contains(got, tells) || strings.Contains(got, all[i]) {
			t.Fatalf("%q came out of %q: %q", tells, text.String(), got)
		}
	}
	if again := r.String(got); again != got {
		t.Fatalf("%q is not left as it is: %q", got, again)
	}
	sizes := rapid.IntRange(1, 50)
	if s := streamed(t, &r, text.String(), func() int { return sizes.Draw(t, "size") }); s != got {
		t.Fatalf("streamed %q, at once %q", s, got)
	}
}

func TestTextWithoutSecretsIsUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Redactor
		for _, s := range rapid.SliceOfN(rapid.StringMatching(`[A-Z]{12,30}`), 0, 5).Draw(t, "secrets") {
			r.Add(s)
		}
		text := rapid.StringOf(rapid.RuneFrom([]rune("abcdef 0123.,;/?#-\n•é"))).Draw(t, "text")
		if got := r.String(text); got != text {
			t.Fatalf("got %q of %q", got, text)
		}
		if got := streamed(t, &r, text, func() int { return 3 }); got != text {
			t.Fatalf("streamed %q of %q", got, text)
		}
	})
}

func FuzzRedact(f *testing.F) {
	f.Add("hunter22", "the password is hunter22", 3)
	f.Add("a+b/c", "?p=a%2Bb%2Fc eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x", 1)
	f.Add("x", pem+" https://u:p@h", 5)
	f.Fuzz(func(t *testing.T, secret, text string, size int) {
		var r Redactor
		r.Add(secret)
		got := r.String(text)
		if trimmed := strings.TrimSpace(secret); len(trimmed) >= minSecret && !strings.ContainsAny(secret, Mask) && strings.Contains(got, trimmed) {
			t.Errorf("%q came out: %q", secret, got)
		}
		if s := streamed(t, &r, text, func() int { return size }); s != got {
			t.Errorf("streamed %q, at once %q", s, got)
		}
	})
}

func TestWriterWritesAtOnceWhatIsSure(t *testing.T) {
	var r Redactor
	r.Add("hunter22")
	var b strings.Builder
	w := r.Writer(&b)
	for _, step := range []struct{ in, out string }{
		{"hello ", "hello "}, {"hunt", "hello "}, {"s\n", "hello hunts\n"}, {"hunter22", "hello hunts\n•••"},
	} {
		if _, err := io.WriteString(w, step.in); err != nil || b.String() != step.out {
			t.Errorf("after %q: %q, %v", step.in, b.String(), err)
		}
	}
}

func TestWriterIsBounded(t *testing.T) {
	var r Redactor
	r.Add("hunter22")
	for _, text := range []string{"-----BEGIN PRIVATE KEY-----", "eyJ", "hunter2"} {
		w := r.Writer(io.Discard).(*writer)
		if _, err := w.Write(bytes.Repeat([]byte(text+"aaaaaaaaaa"), 1<<16)); err != nil {
			t.Fatal(err)
		}
		if cap(w.held) > 256<<10 || cap(w.out) > 256<<10 {
			t.Errorf("%s: holds %d and %d bytes", text, cap(w.held), cap(w.out))
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriterTellsErrors(t *testing.T) {
	var r Redactor
	w := r.Writer(failing{})
	if _, err := io.WriteString(w, "hello"); err != io.ErrClosedPipe {
		t.Errorf("got %v", err)
	}
	if err := w.Close(); err != io.ErrClosedPipe {
		t.Errorf("got %v", err)
	}
}

func TestRedactorAtOnce(t *testing.T) {
	var r Redactor
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				s := fmt.Sprintf("secret-%d-%d", i, j)
				r.Add(s)
				if got := r.String("x " + s); got != "x •••" {
					t.Errorf("got %s", got)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkRedact(b *testing.B) {
	line := strings.Repeat("pod web-7d4b9c running 1/1, probes green, https://web.example/health/ 200\n", 1)
	texts := map[string]string{"Line": line, "64KiB": strings.Repeat(line, 64<<10/len(line))}
	for _, secrets := range []int{0, 10, 200} {
		var r Redactor
		for i := range secrets {
			r.Add(fmt.Sprintf("s3cr3t%08x%08x", i*7919, i*104729))
		}
		for _, size := range []string{"Line", "64KiB"} {
			b.Run(fmt.Sprintf("%s/%d", size, secrets), func(b *testing.B) {
				text := texts[size]
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					if r.String(text) != text {
						b.Fatal("changed")
					}
				}
			})
		}
	}
}

func BenchmarkRedactorAdd(b *testing.B) {
	for b.Loop() {
		var r Redactor
		r.Add("a Pa55word/with+signs=")
	}
}
