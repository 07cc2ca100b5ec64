package cluster

import (
	"io"
	"net/http"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/streaming/pkg/httpstream"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// maxHead bounds how much of the error output is kept to tell a program that did not start from one that did.
const maxHead = 512

// streams are a command's streams for as long as it is cared for: client-go goes on copying behind our back when a
// context ends.
type streams struct {
	mu     sync.Mutex
	of     steps.Command
	first  []byte // of the error output
	closed bool
}

func openStreams(x steps.Command) *streams { return &streams{of: x} }

func (s *streams) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

func (s *streams) options() remotecommand.StreamOptions {
	o := remotecommand.StreamOptions{Stdout: output{s, s.of.Stdout, false}, Stderr: output{s, s.of.Stderr, true}}
	if s.of.Stdin != nil {
		o.Stdin = input{s}
	}
	return o
}

// head is the beginning of the error output.
func (s *streams) head() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.first)
}

// output is where one stream of a command goes.
type output struct {
	*streams
	to    io.Writer
	noted bool
}

func (o output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return 0, io.ErrClosedPipe
	}
	if o.noted {
		o.first = append(o.first, p[:min(len(p), maxHead-len(o.first))]...)
	}
	if o.to == nil {
		return len(p), nil
	}
	return o.to.Write(p)
}

// input ends with its command.
type input struct{ *streams }

func (i input) Read(p []byte) (int, error) {
	n, err := i.of.Stdin.Read(p)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return 0, io.EOF
	}
	return n, err
}

// refusing makes of an answer that is no connection a refusal.
type refusing struct{ httpstream.UpgradeRoundTripper }

func (r refusing) NewConnection(resp *http.Response) (httpstream.Connection, error) {
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return nil, refusalOf(resp)
	}
	return r.UpgradeRoundTripper.NewConnection(resp)
}

// certain makes SPDY connections that tell a command that has ended well from one of which nothing was heard any more:
// to client-go the end of the error stream is good news, even where it ends without a word.
type certain struct{ refusing }

func (c certain) NewConnection(resp *http.Response) (httpstream.Connection, error) {
	conn, err := c.refusing.NewConnection(resp)
	if err != nil {
		return nil, err
	}
	return certainConnection{conn}, nil
}

type certainConnection struct{ httpstream.Connection }

func (c certainConnection) CreateStream(h http.Header) (httpstream.Stream, error) {
	s, err := c.Connection.CreateStream(h)
	if err != nil || h.Get(corev1.StreamType) != corev1.StreamTypeError {
		return s, err
	}
	return &verdict{Stream: s}, nil
}

// verdict is a stream that must say something.
type verdict struct {
	httpstream.Stream
	spoken bool
}

func (v *verdict) Read(p []byte) (int, error) {
	n, err := v.Stream.Read(p)
	if v.spoken = v.spoken || n > 0; err == io.EOF && !v.spoken { //nolint:errorlint // a Reader's end is io.EOF itself
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
