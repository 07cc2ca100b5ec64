package proc

import "sync"

// Capture is an io.Writer that keeps what a Run keeps of a stream: all of it, or its beginning and its end.
// Its methods may be called at once.
type Capture struct {
	mu sync.Mutex
	c  capture
}

// NewCapture returns a Capture.
func NewCapture() *Capture { return &Capture{c: capture{half: defaultKeep / 2}} }

// Write never fails.
func (c *Capture) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.c.write(p)
	return len(p), nil
}

// Output returns what was kept so far.
func (c *Capture) Output() Output {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.c.output()
}
