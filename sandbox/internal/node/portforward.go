package node

import (
	"context"
	"fmt"
	"io"
	"net"

	"k8s.io/cri-streaming/pkg/streaming/portforward"
)

var _ portforward.PortForwarder = (*pod)(nil)

// PortForward connects the stream with a port on which a program of the pod listens.
func (p *pod) PortForward(ctx context.Context, _, _ string, port int32, stream io.ReadWriteCloser) error {
	defer stream.Close()
	conn, err := p.dial(ctx, int(port))
	if err != nil {
		return fmt.Errorf("port %d of pod %s: %w", port, p.object.Name, err)
	}
	defer conn.Close()
	go func() {
		_, _ = io.Copy(conn, stream)
		_ = conn.(*net.TCPConn).CloseWrite() // the program may still have something to say
	}()
	_, err = io.Copy(stream, conn)
	return err
}
