package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// echo answers each line with itself, and ends with its client.
func echo(t *testing.T) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); _, _ = io.Copy(c, c) }()
		}
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

// serviceOf makes a Service before the pod web, which serves port 80 at a port of this machine.
func serviceOf(t *testing.T, ns, name, port string) steps.ServiceRef {
	t.Helper()
	clustertest.Apply(t, ns, fmt.Sprintf(`{apiVersion: v1, kind: Service, metadata: {name: %s}, spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: %s}, {name: gone, port: 81, targetPort: 1}]}}`, name, port))
	return steps.ServiceRef{Namespace: ns, Name: name, Port: "80"}
}

func webPod(t *testing.T) (ns string) {
	t.Helper()
	ns = clustertest.Namespace(t)
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {terminationGracePeriodSeconds: 0,
 containers: [{name: app, image: local/none, command: [sleep, "3600"]}]}}`)
	waitForPod(t, ns, "web", "Running")
	return ns
}

// forward connects, and waits for the endpoints to follow the pod.
func forward(t *testing.T, cs *cluster.Clusters, s steps.ServiceRef) (net.Conn, error) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		conn, err := cs.Forward(t.Context(), "", s)
		var none *steps.NoBackend
		if !errors.As(err, &none) || !strings.Contains(err.Error(), "behind it") || time.Now().After(deadline) {
			return conn, err
		}
	}
}

func TestForward(t *testing.T) {
	ns := webPod(t)
	s := serviceOf(t, ns, "web", echo(t))
	leaks(t)
	old, _ := overSPDY(t)
	for name, cs := range map[string]*cluster.Clusters{"WebSocket": real(t), "SPDY": old} {
		t.Run(name, func(t *testing.T) {
			conn, err := forward(t, cs, s)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			long := bytes.Repeat([]byte("0123456789abcdef"), 64<<10)
			go func() { _, _ = conn.Write(long) }()
			back := make([]byte, len(long))
			if _, err := io.ReadFull(conn, back); err != nil || !bytes.Equal(back, long) {
				t.Errorf("%v, %d bytes differ", err, len(back))
			}
			_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			if _, err := conn.Read(back); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("a deadline: %v", err)
			}
		})
		t.Run(name+"/Refused", func(t *testing.T) {
			conn, err := forward(t, cs, steps.ServiceRef{Namespace: ns, Name: "web", Port: "gone"})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestForwardNowhere(t *testing.T) {
	ns := webPod(t)
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: Service, metadata: {name: empty}, spec: {selector: {app: nobody}, ports: [{port: 80}]}}`)
	serviceOf(t, ns, "web", "80")
	cs := real(t)
	for _, tt := range []struct{ name, port, want string }{
		{"none", "", "`Service/none`: there is no such Service in " + ns},
		{"empty", "", "`Service/empty`: there is no pod behind it"},
		{"web", "", "say which port of Service/web: it has http:80, gone:81"},
		{"web", "5432", "`Service/web`: it has no port 5432; it has http:80, gone:81"},
	} {
		_, err := cs.Forward(t.Context(), "", steps.ServiceRef{Namespace: ns, Name: tt.name, Port: tt.port})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestForwardRefusedByTheServer(t *testing.T) {
	ns := webPod(t)
	s := serviceOf(t, ns, "web", echo(t))
	if conn, err := forward(t, real(t), s); err != nil {
		t.Fatal(err)
	} else {
		conn.Close()
	}
	for _, tt := range []struct {
		code int
		want string
	}{
		{http.StatusForbidden, `not allowed to create pods/portforward "web" in namespace "` + ns + `"`},
		{http.StatusServiceUnavailable, "503 Service Unavailable"},
		{http.StatusUnauthorized, "does not accept the credentials"},
	} {
		p := clustertest.NewProxy(t)
		p.Refuse(func(r *http.Request) int {
			if strings.HasSuffix(r.URL.Path, "/portforward") {
				return tt.code
			}
			return 0
		})
		_, err := open(t, p.Kubeconfig).Forward(t.Context(), "", s)
		var passing *check.Transient
		if err == nil || !strings.Contains(err.Error(), tt.want) || errors.As(err, &passing) != (tt.code == http.StatusServiceUnavailable) {
			t.Errorf("%d: %v", tt.code, err)
		}
	}
}

func TestForwardThatSaysNothing(t *testing.T) {
	ns := webPod(t)
	s := serviceOf(t, ns, "web", echo(t))
	if conn, err := forward(t, real(t), s); err != nil {
		t.Fatal(err)
	} else {
		conn.Close()
	}
	p := clustertest.NewProxy(t)
	release := make(chan struct{})
	defer close(release)
	p.Answer(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/portforward") {
			<-release
		}
		return false
	})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := open(t, p.Kubeconfig).Forward(ctx, "", s); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
