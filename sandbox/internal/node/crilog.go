package node

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// maxLogLine is where a line is cut into parts, so that none is held back for ever.
const maxLogLine = 16 << 10

// logWriter writes the two streams of a container into one file, in the format of the container runtime interface.
type logWriter struct {
	mu      sync.Mutex
	file    *os.File
	streams []*logStream
}

// logStream turns what is written to it into lines with a time and the name of the stream.
type logStream struct {
	log  *logWriter
	name string
	rest []byte // a line that has not ended yet
}

func (w *logWriter) stream(name string) io.Writer {
	s := &logStream{log: w, name: name}
	w.streams = append(w.streams, s)
	return s
}

func (s *logStream) Write(b []byte) (int, error) {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.rest = append(s.rest, b...)
	for {
		line, rest, whole := bytes.Cut(s.rest, []byte{'\n'})
		tag := "F"
		switch {
		case len(line) >= maxLogLine:
			line, rest, tag = s.rest[:maxLogLine], s.rest[maxLogLine:], "P"
		case !whole:
			return len(b), nil
		}
		s.rest = rest
		if err := s.writeLine(tag, line); err != nil {
			return 0, err
		}
	}
}

func (s *logStream) writeLine(tag string, line []byte) error {
	_, err := fmt.Fprintf(s.log.file, "%s %s %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), s.name, tag, line)
	return err
}

// close writes the lines that never ended, and wakes those who follow the file.
func (w *logWriter) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.streams {
		if len(s.rest) > 0 {
			_ = s.writeLine("P", s.rest) // the log of a container that has ended: nobody is left to tell
		}
	}
	_ = w.file.Close()
}
