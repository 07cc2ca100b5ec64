package proc

import (
	"io"
	"os"
	"sync"
	"time"
)

// streams are the pipes between this process and a program.
// What the program writes is read by the goroutine that waits for it, where the system can wait for both at once;
// elsewhere there is a goroutine for each pipe.
type streams struct {
	child [3]*os.File // the program's ends
	stdin *os.File    // nil where nothing is to be written
	text  string
	out   [2]*os.File
	kept  [2]capture
	buf   []byte   // of the one that polls
	ended chan int // of those that follow
	open  int      // how many of out are not yet read to their end
	all   sync.WaitGroup
}

func openStreams(c Command) (_ *streams, err error) {
	s := &streams{text: c.Stdin, open: 2}
	defer func() {
		if err != nil {
			s.closeChild()
			s.close()
		}
	}()
	if c.Stdin == "" {
		s.child[0], err = os.Open(os.DevNull)
	} else {
		s.child[0], s.stdin, err = os.Pipe()
	}
	for i := range s.out {
		if err != nil {
			return nil, err
		}
		s.kept[i].half = c.Keep / 2
		s.out[i], s.child[i+1], err = outputPipe()
	}
	return s, err
}

// follow lets goroutines read what the program writes.
func (s *streams) follow() {
	s.ended = make(chan int, len(s.out))
	for i := range s.out {
		s.all.Go(func() {
			s.kept[i].readFrom(s.out[i])
			s.ended <- i
		})
	}
}

// feed lets a goroutine write what the program may read.
func (s *streams) feed() {
	if s.stdin == nil {
		return
	}
	s.all.Go(func() {
		_, _ = io.WriteString(s.stdin, s.text) // it need not read it
		_ = s.stdin.Close()
	})
}

// drain waits until all has been read, but not longer than d.
func (s *streams) drain(d time.Duration) {
	if s.ended == nil {
		s.poll(-1, d)
		return
	}
	late := time.NewTimer(d)
	defer late.Stop()
	for s.open > 0 {
		select {
		case <-s.ended:
			s.open--
		case <-late.C:
			return
		}
	}
}

// outputs ends the reading and returns what was kept.
func (s *streams) outputs() (stdout, stderr Output) {
	s.close()
	s.all.Wait()
	return s.kept[0].output(), s.kept[1].output()
}

func (s *streams) closeChild() {
	for _, f := range s.child {
		if f != nil {
			_ = f.Close()
		}
	}
}

func (s *streams) close() {
	for _, f := range append(s.out[:], s.stdin) {
		if f != nil {
			_ = f.Close()
		}
	}
}
