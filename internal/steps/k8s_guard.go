package steps

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
)

// guardScript runs a command beside a watch on its own standard input, whose end is the end of whoever asked for the
// command: not every runtime ends a command that nobody listens to any more. It says at its very end how the command
// ended: servers that translate between protocols may call it a success when they lose the node.
//
// $1 is a word that only this look knows, $2 how many bytes of the input are the command's. Where the shell leads its
// process group, as runtimes have it, all that the command left in the group ends with it.
const guardScript = `n=$1 b=$2; shift 2
command -v "$1" >/dev/null 2>&1 || { printf '\n%s none\n' "$n" >&2; exit 127; }
exec 3<&0
if [ "$b" -gt 0 ]; then
  x=$(head -c "$b" <&3; printf .); x=${x%.}
  printf %s "$x" | "$@" 3<&- &
else
  "$@" </dev/null 3<&- &
fi
c=$! k=$! s=
{ read -r s </proc/$$/stat; } 2>/dev/null
s=${s##*) }; s=${s#* }; s=${s#* }
if [ "${s%% *}" = "$$" ]; then k=0; fi
(while read -r s; do :; done; kill -9 "$k") <&3 >/dev/null 2>&1 &
w=$!
exec 3<&-
{ wait "$c"; e=$?; } 2>/dev/null
if [ "$k" = 0 ]; then trap '' TERM; { kill -TERM 0; } 2>/dev/null; fi
{ kill -9 "$w"; wait "$w"; } 2>/dev/null
printf '\n%s %s\n' "$n" "$e" >&2
exit "$e"`

// guarded runs a command whose end is known for certain and which ends with ctx, in containers that have a shell;
// in others it does what they can. The command sees stdin and then the end of its input.
func guarded(ctx context.Context, x Execer, at check.Site, c Command, stdin string) (proc.Result, error) {
	word := "wpctl-" + rand.Text()
	alive, hold := io.Pipe()
	defer hold.Close() //nolint:errcheck // never fails; a Read that still waits comes back
	wrapped := c
	wrapped.Args = append([]string{"sh", "-c", guardScript, "wpctl", word, strconv.Itoa(len(stdin))}, c.Args...)
	wrapped.Stdin = io.MultiReader(strings.NewReader(stdin), alive)
	r, err := captured(ctx, x, at, wrapped)
	if errors.Is(err, ErrNoProgram) { // no shell
		if stdin != "" {
			c.Stdin = strings.NewReader(stdin)
		}
		return captured(ctx, x, at, c)
	}
	text, verdict, certain := cutVerdict(r.Stderr.Text, word)
	r.Stderr.Text = text
	switch {
	case err != nil:
		return r, err
	case verdict == "none":
		return r, fmt.Errorf("%w: %s: not found in its PATH", ErrNoProgram, c.Args[0])
	case !certain && r.Exit == 0:
		return r, &check.Transient{Err: fmt.Errorf("%w: it ended without a word", ErrLost)}
	}
	return r, nil
}

// cutVerdict takes what guardScript says out of the error output.
func cutVerdict(text, word string) (rest, verdict string, ok bool) {
	i := strings.LastIndex(text, "\n"+word+" ")
	if i < 0 {
		return text, "", false
	}
	verdict, after, _ := strings.Cut(text[i+len(word)+2:], "\n")
	return text[:i] + after, verdict, true
}

// captured runs a command and keeps what it writes.
func captured(ctx context.Context, x Execer, at check.Site, c Command) (proc.Result, error) {
	out, errOut := proc.NewCapture(), proc.NewCapture()
	c.Stdout, c.Stderr = out, errOut
	exit, err := x.Exec(ctx, at.Cluster, c)
	return proc.Result{Exit: exit, Stdout: out.Output(), Stderr: errOut.Output()}, err
}
