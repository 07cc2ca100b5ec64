package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/term"
)

// person tells whether there is somebody at a terminal who can be asked.
func (c *command) person() bool {
	return !c.noInput && c.Getenv("CI") == "" && term.IsTerminal(int(c.Stdin.Fd())) && term.IsTerminal(int(c.Stderr.Fd()))
}

// ask puts a question, and returns the line that is typed. It is not ok at the end of the input and at that of ctx.
func (c *command) ask(ctx context.Context, question string) (answer string, ok bool) {
	if c.typed == nil {
		c.typed = bufio.NewReader(c.Stdin)
	}
	fmt.Fprint(c.Stderr, question)
	type typed struct {
		line string
		err  error
	}
	lines := make(chan typed, 1)
	go func() {
		line, err := c.typed.ReadString('\n')
		lines <- typed{line, err}
	}()
	select {
	case t := <-lines:
		if t.err != nil {
			fmt.Fprintln(c.Stderr) // the cursor stands behind the question
		}
		return strings.TrimSpace(t.line), t.err == nil
	case <-ctx.Done(): // the line that may still come is nobody's
		fmt.Fprintln(c.Stderr)
		return "", false
	}
}

// broken is the end of a command that a signal, or who called it, broke off at a question; nil where that did not happen.
func broken(ctx context.Context) error {
	var signal *Signal
	if errors.As(context.Cause(ctx), &signal) {
		return exit(signal.Exit)
	}
	return ctx.Err()
}

// yes tells whether an answer is one; all that is no yes is a no.
func yes(answer string) bool {
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes"
}
