package steps

import (
	"strings"
	"testing"
)

func TestReadDSN(t *testing.T) {
	for _, tt := range []struct{ name, url, want, wrong string }{
		{"Whole", "postgres://web:s3cret@db.example:6432/web_db?sslmode=require", "postgres web db.example 6432 web_db s3cret", ""},
		{"DefaultPort", "postgresql://web:s3cret@db/web", "postgres web db 5432 web s3cret", ""},
		{"Driver", "postgresql+psycopg://web:s3cret@db/web", "postgres web db 5432 web s3cret", ""},
		{"Encoded", "postgres://we%40b:a%2Fb%2Bc%3Dd%25@db/web", "postgres we@b db 5432 web a/b+c=d%", ""},
		{"PlainPlusEquals", "postgres://web:a+b=@db/web", "postgres web db 5432 web a+b=", ""},
		{"NoLogin", "redis://cache:6380/0", "redis  cache 6380 0 ", ""},
		{"IPv6", "postgres://web:s3cret@[2001:db8::1]:5433/web", "postgres web 2001:db8::1 5433 web s3cret", ""},
		{"TwoHosts", "postgres://web:s3cret@a:5432,b/web", "postgres web a,b 5432 web s3cret", ""},
		{"Slash", "postgres://web:s3/cret=@db:5432/web", "", `the password has "/", "=" not percent-encoded`},
		{"SlashAfterDigits", "postgres://web:12/34@db:5432/web", "", `the password has "/" not percent-encoded`},
		{"AllThree", "postgres://web:s3+c/ret=@db:5432/web", "", `the password has "/", "+", "=" not percent-encoded`},
		{"Question", "postgres://web:s3?cret@db/web", "", `the password has "?" not percent-encoded`},
		{"Hash", "postgres://web:s3#cret@db/web", "", `the password has "#" not percent-encoded`},
		{"At", "postgres://web:s3@cret@db/web", "", `the password has "@" not percent-encoded`},
		{"AtAndSlash", "postgres://web:s3@c/ret@db/web", "", `the password has "/", "@" not percent-encoded`},
		{"Percent", "postgres://web:s3%cret@db/web", "", "the password has a % that is not percent-encoded, which is %25"},
		{"Space", "postgres://web:s3 cret@db/web", "", "the password has characters that a URL cannot have, not percent-encoded"},
		{"LineEnd", "postgres://web:s3cret@db/web\n", "", "it begins or ends with a space or a line end"},
		{"NoURL", "host=db user=web password=s3cret", "", "it is no URL: it does not begin with a scheme, such as postgres://"},
		{"NoHost", "postgres://web:s3cret@/web", "", "it has no host"},
		{"BadPort", "postgres://web:s3cret@db:0/web", "", "its port is no number from 1 to 65535"},
		{"PasswordOnly", "postgres://web:s3cret", "", "its port is no number from 1 to 65535"},
		{"Empty", "", "", "it is no URL: it does not begin with a scheme, such as postgres://"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, wrong := readDSN(tt.url)
			if wrong != tt.wrong {
				t.Fatalf("wrong: got %q, want %q", wrong, tt.wrong)
			}
			got := strings.Join([]string{d.Scheme, d.User, d.Host, show(int64(d.Port)), d.Database, d.password}, " ")
			if wrong == "" && got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// FuzzReadDSN: what is said of a URL that is wrong holds no part of it.
func FuzzReadDSN(f *testing.F) {
	for _, s := range []string{"postgres://web:s3/cr+et=@db:5432/web", "x://a:b@c", "postgres://[::1", "a://b,c:1@d,e:f/%zz?#@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, wrong := readDSN("postgres://u:QXZ7" + s + "QXZ8@h/d")
		if strings.Contains(wrong, "QXZ") {
			t.Errorf("%q: %s", s, wrong)
		}
		if d, wrong := readDSN(s); wrong == "" && d.Host == "" {
			t.Errorf("%q has no host, and nothing was wrong", s)
		}
	})
}

func TestSameHost(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"db.databases", "db.databases.svc.cluster.local", true},
		{"db.databases", "DB.databases.svc.", true},
		{"db.databases", "db", false},
		{"db.databases", "db.databases.example", false},
	} {
		if got := sameHost(tt.a, tt.b); got != tt.same {
			t.Errorf("%s and %s: %v", tt.a, tt.b, got)
		}
	}
}
