package node

import (
	"io"
	"os"
	"sync"
	"time"
)

// pipes connect a program with readers and writers of this process.
type pipes struct {
	child  []*os.File
	ours   []*os.File
	copies []func()
	wait   sync.WaitGroup
}

func (p *pipes) input(from io.Reader) (io.Reader, error) {
	if from == nil {
		return nil, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.child, p.ours = append(p.child, r), append(p.ours, w)
	// Nobody waits for this copy: a client may keep its end open after the program has ended.
	p.copies = append(p.copies, func() {
		go func() {
			_, _ = io.Copy(w, from)
			_ = w.Close()
		}()
	})
	return r, nil
}

func (p *pipes) output(to io.Writer) (io.Writer, error) {
	if to == nil {
		return nil, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.child, p.ours = append(p.child, w), append(p.ours, r)
	p.copies = append(p.copies, func() {
		p.wait.Go(func() {
			_, _ = io.Copy(to, r)
			_ = r.Close() // a writer that fails ends the program with SIGPIPE
		})
	})
	return w, nil
}

func (p *pipes) copy() {
	for _, start := range p.copies {
		start()
	}
}

// drain waits for the rest of the output, and closes our ends.
func (p *pipes) drain(limit time.Duration) {
	stop := time.AfterFunc(limit, p.closeOurEnds)
	p.wait.Wait()
	stop.Stop()
	p.closeOurEnds()
}

func (p *pipes) closeChildEnds() { closeAll(p.child) }
func (p *pipes) closeOurEnds()   { closeAll(p.ours) }

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // closing twice is harmless
	}
}
