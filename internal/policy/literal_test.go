package policy

import "testing"

func TestIsSecret(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       bool
	}{
		{"Address", "https://user:hunter2@web.example/", true},
		{"AddressWithUser", "https://user@web.example/", false},
		{"AddressWithVariable", "https://user:$PASSWORD@web.example/", false},
		{"AddressWithExpression", "postgres://web:${{ env.PASSWORD }}@${{ rec.host }}/web", false},
		{"AddressPartly", "postgres://web:hunter2@${{ rec.host }}/web", true},
		{"Token", "Bearer ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789", true},
		{"TokenInCommand", "curl -H 'PRIVATE-TOKEN: glpat-" + "abcdefghijklmnopqrstu' https://git.example", true},
		{"Assignment", "DB_PASSWORD=hunter2 ./migrate", true},
		{"AssignmentAlone", "DB_PASSWORD=hunter2", true},
		{"SecondLine", "set -e\nexport PASSWORD=hunter2\nmake", true},
		{"PrivateKey", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n-----END PRIVATE KEY-----", true},
		{"Curl", "curl -sf -u web:hunter2 https://web.example", true},
		{"CurlWithVariable", "curl -u web:$PASSWORD https://web.example", false},
		{"CurlWithQuotes", "curl --user 'web:hunter2' https://web.example", true},
		{"SortByUser", "id -u web:users", false},
		{"Query", "https://web.example/?a=b&access_token=8f3kd92jf0s9dk2l", true},
		{"QueryOfAWord", "https://web.example/?token=an-invalid-token-here", false},
		{"QueryWithExpression", "https://web.example/?token=${{ env.TOKEN }}", false},
		{"Connection", "psql 'host=db user=web password=hunter2'", true},
		{"Pattern", `(?i)password: \S+`, false},
		{"Search", `! grep -riE "(secret_key|password|database_url): *[^ ]" manifests`, false},
		{"Digest", "sha256:4c5c1ba20ffe7b8e4e6bb7bd4b5b4d9a25cf8bdf2b1b8b6b3b6cf2a6c1a0f2f1", false},
		{"Commit", "17f511f0a1b2c3d4e5f60718293a4b5c6d7e8f90", false},
		{"Prose", "the operator has the password of the database", false},
	} {
		if got := isSecret(tt.text); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

func TestIsAuthorization(t *testing.T) {
	for _, tt := range []struct {
		name, header, value string
		want                bool
	}{
		{"Basic", "Authorization", "Basic YW5uOmh1bnRlcjI=", true},
		{"BasicWithoutPassword", "authorization", "Basic YW5uOg==", false},
		{"Bearer", "authorization", "Bearer 0a1b2c3d4e5f60718293", true},
		{"Proxy", "Proxy-Authorization", "Bearer 0a1b2c3d4e5f60718293", true},
		{"BearerThatIsRefused", "Authorization", "Bearer an-invalid-token-here", false},
		{"Left", "Authorization", "Bearer ", false},
		{"AnotherHeader", "Accept", "Basic YW5uOmh1bnRlcjI=", false},
	} {
		if got := isAuthorization(tt.header, tt.value); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

func TestIsCredential(t *testing.T) {
	for _, tt := range []struct {
		header, value string
		want          bool
	}{
		{"X-Api-Key", "8f3kd92jf0s9dk2l", true},
		{"PRIVATE-TOKEN", "8f3kd92jf0s9dk2l", true},
		{"X-Api-Key", "", false},
		{"X-Api-Key", "a word that is refused", false},
		{"X-CSRF-Token", "8f3kd92jf0s9dk2l", false},
		{"X-Request-Id", "8f3kd92jf0s9dk2l", false},
	} {
		if got := isCredential(tt.header, tt.value); got != tt.want {
			t.Errorf("%s: %s: %t", tt.header, tt.value, got)
		}
	}
}
