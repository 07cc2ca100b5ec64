package leak

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestFind(t *testing.T) {
	for _, tt := range []struct{ name, file, text, want string }{
		{"Password", "values.yaml", "db:\n  password: hunter2\n", "2 password-literal hunter2"},
		{"Quoted", "", `password: "hunter two"`, "1 password-literal hunter two"},
		{"JSON", "", `{"dbPassword": "hunter2", "a": 1}`, "1 password-literal hunter2"},
		{"Environment", ".env", "A=b\nDB_PASSWORD=hunter2\n", "2 password-literal hunter2"},
		{"Argument", "", "kubectl create secret generic x --from-literal=password=hunter2", "1 password-literal hunter2"},
		{"Command", "", "DB_PASSWORD=hunter2 ./migrate --now", "1 password-literal hunter2"},
		{"InQuotes", "", "psql 'host=db password=hunter2' -c x", "1 password-literal hunter2"},
		{"Search", "", "grep -iE 'SECRET_KEY=\\|DATABASE_URL=\\|password' x; grep -E \"password=[a-z]+|SECRET_KEY=.+\" y", ""},
		{"Comment", "", "password: hunter2 # for now", "1 password-literal hunter2"},
		{"SecretKey", ".env", "SECRET_KEY=abcd1234", "1 secret-key abcd1234"},
		{"SecretKeyWithHash", ".env", "SECRET_KEY=ab#c(d$4 # for now", "1 secret-key ab#c(d$4"},
		{"CommentAlone", "", "password: # ask an operator", ""},
		{"Pair", "deploy.yaml", "env:\n- name: DB_PASSWORD\n  value: hunter2\n- name: STAGE\n  value: test\n", "3 password-literal hunter2"},
		{"PairQuoted", "", "- name: 'SECRET_KEY' # Django\r\n  value: \"ab cd#\"\r\n", "2 secret-key ab cd#"},
		{"PairInBraces", "", `env: [{name: A, value: b}, {name: DB_PASSWORD, value: "hunter2"}]`, "1 password-literal hunter2"},
		{"PairJSON", "", "{\n\"name\": \"DB_PASSWORD\",\n\"value\": \"hunter2\"\n}", "3 password-literal hunter2"},
		{"PairJSONInOneLine", "", `{"name":"DB_PASSWORD","value":"hunter2"}`, "1 password-literal hunter2"},
		{"PairToken", "", "- name: API_TOKEN\n  value: q8Zk3vX0pLr7TnW2yB5c\n", "2 generic-api-key q8Zk3vX0pLr7TnW2yB5c"},
		{"PairReference", "", "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef: {name: web, key: password}\n- name: DB_PASSWORD\n  value: $(POSTGRES_PASSWORD)\n- name: SECRET_KEY_FILE\n  value: /etc/key\n", ""},
		{"PairOfTwo", "", "name: password\nimage: x\nvalue: hunter2\n", ""},
		{"DatabaseURL", ".env", "DATABASE_URL=postgres://web:hunter2@db/web", "1 url-password hunter2"},
		{"CRLF", "", "a\r\npassword: hunter2\r\n", "2 password-literal hunter2"},
		{"Code", "a.py", "password = os.environ[\"X\"]\npassword=settings.PASSWORD\npassword = read()", ""},
		{"Template", "", "password: {{ .Values.password | quote }}\npassword: \"{{ .Values.password }}\"\npassword: ${PASSWORD}\nurl: postgres://u:${PASSWORD}@h/x\nurl: postgres://u:$PASSWORD@h/x", ""},
		{"Nothing", "", "password: \"\"\npassword: null\npassword:\npassword: ***\npassword: <yours>\nPASSWORD_FILE=/x/y\npassword: string", ""},
		{"Reference", "", "passwordSecretRef: {name: web}\nsecretKey: password\npasswordFrom: web\nkey: password", ""},
		{"Prose", "README.md", "The password: ask an operator for it.\nPassword: see the vault.\nwith lacks: [\"(?i)password\"]", ""},
		{"Sops", "", "password: ENC[AES256_GCM,data:VHSHCQ8=,iv:abc=,tag:def==,type:str]", ""},
		{"PrivateKey", "", "a\n-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----", "2 private-key MIIEvQIBADANBgkq"},
		{"PrivateKeyNamed", "", "begins with -----BEGIN PRIVATE KEY----- and so on", ""},
		{"Gitleaks", "", "token: ghp_" + "R4nd0mTokenOfThirtySixLettersAbCdEfG", "1 github-pat ghp_R4nd0mTokenOfThirtySixLettersAbCdEfG"},
		{"NoCommentHelps", "", "token: ghp_" + "R4nd0mTokenOfThirtySixLettersAbCdEfG # gitleaks:allow", "1 github-pat ghp_R4nd0mTokenOfThirtySixLettersAbCdEfG"},
		{"NorDoesAPath", "yarn.lock", "token: ghp_" + "R4nd0mTokenOfThirtySixLettersAbCdEfG", "1 github-pat ghp_R4nd0mTokenOfThirtySixLettersAbCdEfG"},
		{"Base64", "", "x: Z2hwX1I0bmQwbVRva2VuT2ZUaGlydHlTaXhMZXR0ZXJzQWJDZEVmRw==", "1 github-pat ghp_R4nd0mTokenOfThirtySixLettersAbCdEfG"},
		{"OneForALine", "", "password: ghp_" + "R4nd0mTokenOfThirtySixLettersAbCdEfG", "1 github-pat ghp_R4nd0mTokenOfThirtySixLettersAbCdEfG"},
		{"Empty", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, err := Find(t.Context(), tt.file, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				got = append(got, fmt.Sprint(f.Line, " ", f.Rule, " ", f.Secret))
			}
			if strings.Join(got, "; ") != tt.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "; "), tt.want)
			}
		})
	}
}

func TestMasked(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"Nothing", "the password is asked for\nexit 1", "the password is asked for\nexit 1"},
		{"Assignment", "a\r\nDB_PASSWORD=hunter2\nb\n", "a\r\nDB_PASSWORD=•••\nb\n"},
		{"Short", "password=abc", "password=•••"},
		{"LikeAPattern", "SECRET_KEY=a+b^c#d*e", "SECRET_KEY=•••"},
		{"JSON", `{"password":"hunter two","user":"web"}`, `{"password":"•••","user":"web"}`},
		{"Twice", "password: hunter2, url: postgres://u:hunter2@h/x", "password: •••, url: postgres://u:•••@h/x"},
		{"Placeholder", "password: ${PASSWORD}", "password: ${PASSWORD}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Masked(tt.text, "•••"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFindEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := Find(ctx, "", strings.Repeat("password = api_key: aaaa bbbb cccc\n", 60_000))
	if err == nil {
		t.Error("no error")
	}
}

func BenchmarkFind(b *testing.B) {
	text := strings.Repeat("image: registry.example/web:1.2.3\npassword: hunter2\n", 100)
	for b.Loop() {
		if _, err := Find(b.Context(), "values.yaml", text); err != nil {
			b.Fatal(err)
		}
	}
}
