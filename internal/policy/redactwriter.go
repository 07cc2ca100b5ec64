package policy

import "io"

// maxPiece is how much of a large write is looked at at once.
const maxPiece = 32 << 10

// writer takes secrets out of a stream.
type writer struct {
	r       *Redactor
	to      io.Writer
	held    []byte // what may begin a secret
	covered int    // how many bytes at the beginning of held belong to a secret whose mask is written
	out     []byte
	err     error
}

// Writer returns a writer that writes to w what is written to it, without secrets, also where one comes in pieces.
// It holds back only what may begin a secret, until that is decided or Close; Close does not close w.
// It is for one goroutine.
func (r *Redactor) Writer(w io.Writer) io.WriteCloser { return &writer{r: r, to: w} }

func (w *writer) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0 && w.err == nil; {
		n := min(len(rest), maxPiece)
		w.held = append(w.held, rest[:n]...)
		rest = rest[n:]
		w.flush(false)
	}
	if w.err != nil {
		return 0, w.err
	}
	return len(p), nil
}

// Close writes what is held back.
func (w *writer) Close() error {
	w.flush(true)
	return w.err
}

func (w *writer) flush(final bool) {
	if w.err != nil {
		return
	}
	w.r.mu.RLock()
	out, done, covered := w.r.scan(w.out[:0], string(w.held), w.covered, final)
	w.r.mu.RUnlock()
	w.held = append(w.held[:0], w.held[done:]...)
	w.out, w.covered = out, covered
	if len(out) > 0 {
		_, w.err = w.to.Write(out)
	}
}
