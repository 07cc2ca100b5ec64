package cluster

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// access is how the administrator of one cluster reaches its API.
type access struct {
	server string
	token  string
	client *http.Client
}

// newAccess makes the keys and the certificates of a cluster, a token of its administrator and the kubeconfig that holds it.
func newAccess(config Config, server string) (*access, error) {
	ca, err := newAuthority(config.Dir, config.Name)
	if err != nil {
		return nil, fmt.Errorf("make the certificates of %s: %w", config.Name, err)
	}
	for _, c := range []struct {
		file, name string
		usage      x509.ExtKeyUsage
	}{
		{"server", "kube-apiserver", x509.ExtKeyUsageServerAuth},
		{"node", "system:node:sandbox", x509.ExtKeyUsageServerAuth},
		{"kubelet-client", "kube-apiserver-kubelet-client", x509.ExtKeyUsageClientAuth},
	} {
		if err := ca.issue(c.file, c.name, c.usage); err != nil {
			return nil, err
		}
	}
	if _, err := ca.newKey("sa.key"); err != nil {
		return nil, err
	}
	token := rand.Text()
	if err := ca.write("tokens.csv", []byte(token+",admin,admin,system:masters\n")); err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	a := &access{server: server, token: token, client: &http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}},
	}}
	return a, os.WriteFile(config.Dir.Kubeconfig(), kubeconfig(config.Name, server, token, ca.pem), 0o600)
}

// kubeconfig returns a file of YAML, which JSON is too.
func kubeconfig(name, server, token string, ca []byte) []byte {
	name = "sandbox-" + name
	type object = map[string]any
	b, err := json.MarshalIndent(object{
		"apiVersion":      "v1",
		"kind":            "Config",
		"clusters":        []object{{"name": name, "cluster": object{"server": server, "certificate-authority-data": ca}}},
		"users":           []object{{"name": name, "user": object{"token": token}}},
		"contexts":        []object{{"name": name, "context": object{"cluster": name, "user": name}}},
		"current-context": name,
	}, "", "  ")
	if err != nil {
		panic(err) // only strings and bytes
	}
	return append(b, '\n')
}

// get reads an object of the API.
func (a *access) get(ctx context.Context, path string, object any) error {
	return a.do(ctx, http.MethodGet, path, nil, object)
}

// post creates an object of the API, and reads what became of it.
func (a *access) post(ctx context.Context, path string, object, created any) error {
	b, err := json.Marshal(object)
	if err != nil {
		return err
	}
	return a.do(ctx, http.MethodPost, path, b, created)
}

func (a *access) do(ctx context.Context, method, path string, body []byte, object any) error {
	r, err := http.NewRequestWithContext(ctx, method, a.server+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+a.token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := a.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s: %s: %.300s", path, answer.Status, b)
	}
	if object == nil {
		return nil
	}
	return json.Unmarshal(b, object)
}
