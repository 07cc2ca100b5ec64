package view

import (
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestLiveTakesTheTerminalsSize asks a terminal for its size while events come: under the race detector, who draws and
// who tells touch nothing of each other.
func TestLiveTakesTheTerminalsSize(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 17, Col: 53}); err != nil {
		t.Fatal(err)
	}
	l := still(Options{Out: terminal, Width: 80, Height: 24}, time.Minute, nil)
	var drawing sync.WaitGroup
	drawing.Go(func() {
		for range 100 {
			l.resize()
			l.frame()
		}
	})
	for _, e := range crowd(100) {
		l.Notify(e)
	}
	drawing.Wait()
	if l.columns != 53 || l.rows != 17 {
		t.Errorf("it draws for %d × %d", l.columns, l.rows)
	}
}
