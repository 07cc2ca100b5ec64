package relay

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// tool is a program that connects its standard streams to an address. It ends when its input ends or the other side
// closes the connection, and then with exit code 0. On its error output it says that it begins, that it has connected,
// or why it has not.
type tool struct {
	name      string
	words     []string       // the command, before host, port and the seconds in which it must have connected
	connected *regexp.Regexp // in its error output
	remote    *regexp.Regexp // where that tells the address; nil: it does not
	reader    []string       // the command that prints a file, before its name
	patience  time.Duration  // for how long it may try to connect
}

// beginning is what every program says first.
const beginning = "wpctl: begins"

var (
	ownConnected = regexp.MustCompile(`(?m)^wpctl: connected.*\n`)
	ownRemote    = regexp.MustCompile(`(?m)^wpctl: connected (\S+) (\d+)$`)
)

// tools are the programs that are looked for, the lightest first: somebody's container has only so much memory.
// Each is there if the test says so; the tests are lines of one shell script.
var tools = []struct {
	*tool
	test string
}{
	{shellTool("nc", netcat("nc")), `case $(nc --help 2>&1 </dev/null) in *BusyBox*"-e PROG"*) has dd && yes nc;; esac`},
	{shellTool("busybox nc", netcat("busybox nc")), `case $(busybox nc --help 2>&1 </dev/null) in *BusyBox*"-e PROG"*) has dd && yes 'busybox nc';; esac`},
	{&tool{
		name: "socat", words: []string{"sh", "-c", socatScript, "wpctl"}, reader: shellReader, patience: time.Minute,
		connected: regexp.MustCompile(`starting data transfer loop.*\n`),
		remote:    regexp.MustCompile(`opening connection to AF=\d+ \[?([0-9a-fA-F.:]+)\]?:(\d+)`),
	}, `has socat && yes socat`},
	{shellTool("bash", []string{"bash", "-c", bashScript + shellRelay, "wpctl"}), `has bash && has dd && bash -c ': <(:); wait $!; :' && yes bash`},
	{ownTool("perl", "perl", "-e", perlScript), `perl -MSocket -MErrno -MFcntl -e 1 2>/dev/null && yes perl`},
	{ownTool("python3", "python3", "-I", "-S", "-c", pythonScript), `python3 -I -S -c 'import socket, select' 2>/dev/null && yes python3`},
	{ownTool("node", "node", "-e", nodeScript, "--"), `node -e 'require("net")' 2>/dev/null && yes node`},
}

// probe prints the name of the first tool that works.
var probe = func() string {
	script := "LC_ALL=C; export LC_ALL\nhas() { command -v \"$1\" >/dev/null 2>&1; }\nyes() { echo \"wpctl: $1\"; exit 0; }\n"
	for _, t := range tools {
		script += t.test + "\n"
	}
	return script + "echo 'wpctl: none'"
}()

// direct are the commands that are tried in containers without a shell.
var direct = []struct {
	test []string
	tool *tool
}{
	{[]string{"python3", "-I", "-S", "-c", "import socket, select"}, ownTool("python3", "python3", "-I", "-S", "-c", pythonScript)},
	{[]string{"perl", "-MSocket", "-MErrno", "-MFcntl", "-e", "1"}, ownTool("perl", "perl", "-e", perlScript)},
	{[]string{"node", "-e", `require("net")`}, ownTool("node", "node", "-e", nodeScript, "--")},
	{[]string{"/nodejs/bin/node", "-e", `require("net")`}, ownTool("node", "/nodejs/bin/node", "-e", nodeScript, "--")},
}

// shellReader prints a file with what every shell has.
var shellReader = []string{"sh", "-c", `while IFS= read -r line || [ "$line" ]; do printf '%s\n' "$line"; done <"$1"`, "wpctl"}

// ownTool is a program of ours for an interpreter. The same program prints a file when it gets nothing but its name.
func ownTool(name string, words ...string) *tool {
	return &tool{name: name, words: words, reader: words, connected: ownConnected, remote: ownRemote, patience: time.Minute}
}

// shellTool is a command that connects and then runs shellRelay.
func shellTool(name string, words []string) *tool {
	return &tool{name: name, words: words, reader: shellReader, connected: ownConnected, patience: time.Minute}
}

func (t *tool) connect(host, port, seconds string) []string {
	if t.name == "socat" && strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return slices.Concat(t.words, []string{host, port, seconds, shellRelay}[:t.args()])
}

// args is how many arguments the command takes: nc is also given what it runs.
func (t *tool) args() int {
	if strings.HasSuffix(t.name, "nc") {
		return 4
	}
	return 3
}

func (t *tool) read(name string) []string { return slices.Concat(t.reader, []string{name}) }

const socatScript = `LC_ALL=C; export LC_ALL
echo 'wpctl: begins' >&2
exec socat -d -d -b 65536 -t 0.1 - "TCP:$1:$2,connect-timeout=$3"`

// netcat is nc as busybox has it: it runs a program with the connection as its standard streams.
func netcat(nc string) []string {
	return []string{"sh", "-c", `LC_ALL=C; export LC_ALL
echo 'wpctl: begins' >&2
exec 3<&0 4>&1 5>&2
exec ` + nc + ` -w "$3" "$1" "$2" -e sh -c "$4"`, "wpctl"}
}

// bashScript connects with what bash makes of /dev/tcp. Another shell interrupts it where that takes too long; it waits
// by reading from a pipe that nobody writes to.
const bashScript = `LC_ALL=C; export LC_ALL
echo 'wpctl: begins' >&2
exec 3<&0 4>&1 5>&2 </dev/null
exec 7<> <(:); wait $! 2>/dev/null
trap : TERM
{ trap - TERM; read -r -t "$3" -u 7; echo 'timed out' >&5; while kill -TERM $$; do read -r -t 1 -u 7; done; } >/dev/null 2>&1 3<&- 4>&- &
alarm=$!
up=
exec 6<>"/dev/tcp/$1/$2" && up=yes
kill -9 $alarm 2>/dev/null; wait 2>/dev/null
[ "$up" ] || exit 1
trap - TERM
exec 7<&- <&6
`

// shellRelay copies between the streams 3 and 4 and the connection, which is its standard input, until either ends.
// It waits for all that it starts: the first program of somebody's container may not do so for it.
// Each copier tells its number and its end to the reader of a pipe, which ends the other. What the other side has
// sent before it hung up is copied to its end. The copiers are dd, since busybox's cat keeps bytes back (sendfile).
const shellRelay = `exec 6<&0 2>/dev/null
echo 'wpctl: connected' >&5
{
{ sh -c 'echo "in $$"; exec dd bs=65536 <&6 >&4 2>&5'; echo 'in end'; } &
{ sh -c 'echo "out $$"; exec dd bs=65536 <&3 >&6'; echo "out end $?"; } &
wait
} | {
in=; out=; over=
while read -r who what code; do
	case "$who $what $code" in
	'in end '*) over=$out; [ "$out" ] || over=out;;
	'out end 0') over=$in; [ "$in" ] || over=in;;
	'out end '*) ;;
	"in "*) in=$what; [ "$over" = in ] && over=$in;;
	"out "*) out=$what; [ "$over" = out ] && over=$out;;
	esac
	case $over in ''|in|out) ;; *) kill -9 "$over"; break;; esac
done
}
exit 0
`

const perlScript = `use strict; use Socket qw(:DEFAULT getaddrinfo getnameinfo IPPROTO_TCP NI_NUMERICHOST NI_NUMERICSERV); use Errno; use Fcntl;
$ENV{LC_ALL} = 'C'; $SIG{PIPE} = 'IGNORE';
if (@ARGV == 1) { open(my $f, '<', $ARGV[0]) or die "$!\n"; print while <$f>; exit 0 }
my ($host, $port, $limit) = @ARGV;
sub say_ { syswrite(STDERR, "wpctl: $_[0]\n") }
sub bits { my $v = ''; vec($v, $_, 1) = 1 for @_; $v }
say_('begins');
my ($e, @all) = getaddrinfo($host, $port, {socktype => SOCK_STREAM, protocol => IPPROTO_TCP});
if ($e) { say_("error $e"); exit 1 }
my ($s, $why) = (undef, 'no address');
for my $a (@all) {
	socket(my $t, $a->{family}, SOCK_STREAM, IPPROTO_TCP) or do { $why = "$!"; next };
	fcntl($t, F_SETFL, O_NONBLOCK);
	unless (connect($t, $a->{addr})) {
		unless ($!{EINPROGRESS}) { $why = "$!"; next }
		my ($r, $w) = (bits(0), bits(fileno $t));
		my $n = select($r, $w, undef, $limit);
		if (!$n) { $why = 'timed out'; next }
		exit 0 if vec($r, 0, 1);
		my $code = unpack('i', getsockopt($t, SOL_SOCKET, SO_ERROR));
		if ($code) { $! = $code; $why = "$!"; next }
	}
	$s = $t; last;
}
unless ($s) { say_("error $why"); exit 1 }
my (undef, $ip, $num) = getnameinfo(getpeername($s), NI_NUMERICHOST | NI_NUMERICSERV);
say_("connected $ip $num");
my ($up, $fd) = ('', fileno $s);
while (1) {
	my ($r, $w) = (bits($fd, length $up ? () : 0), length $up ? bits($fd) : bits());
	select($r, $w, undef, undef) > 0 or next;
	if (vec($r, $fd, 1)) {
		my $n = sysread($s, my $down, 65536);
		if (!defined $n) { next if $!{EAGAIN}; say_("broken $!"); exit 0 }
		exit 0 if !$n;
		for (my $at = 0; $at < $n;) { $at += syswrite(STDOUT, $down, $n - $at, $at) // exit 0 }
	}
	if (length $up && vec($w, $fd, 1)) {
		my $n = syswrite($s, $up);
		if (!defined $n) { next if $!{EAGAIN} || $!{EPIPE} && ($up = '', 1)[1]; say_("broken $!"); exit 0 }
		substr($up, 0, $n) = '';
	}
	if (vec($r, 0, 1)) { sysread(STDIN, $up, 65536) or exit 0 }
}
`

const pythonScript = `import errno, os, select, socket, sys
if len(sys.argv) == 2:
    with open(sys.argv[1], "rb") as f: os.write(1, f.read(65536))
    sys.exit(0)
host, port, limit = sys.argv[1:4]
def say(s): os.write(2, ("wpctl: " + s + "\n").encode())
def word(e): return errno.errorcode.get(e.errno, str(e))
say("begins")
try: found = socket.getaddrinfo(host, int(port), 0, socket.SOCK_STREAM)
except socket.gaierror as e: say("error " + str(e.strerror)); sys.exit(1)
except OSError as e: say("error " + word(e)); sys.exit(1)
s, why = None, "no address"
for family, kind, proto, _, address in found:
    t = None
    try:
        t = socket.socket(family, kind, proto); t.setblocking(False)
        code = t.connect_ex(address)
        if code == errno.EINPROGRESS:
            r, w, _ = select.select([0], [t], [], float(limit))
            if r: sys.exit(0)
            code = t.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if w else errno.ETIMEDOUT
        if code == 0: s = t; break
        why = errno.errorcode.get(code, str(code))
    except OSError as e: why = word(e)
    if t: t.close()
if s is None: say("error " + why); sys.exit(1)
try: peer = s.getpeername()
except OSError as e: say("error " + word(e)); sys.exit(1)
say("connected %s %d" % peer[:2])
up = b""
def down(b):
    while b: b = b[os.write(1, b):]
try:
    while True:
        r, w, _ = select.select([s] if up else [s, 0], [s] if up else [], [])
        if s in r:
            try: b = s.recv(65536)
            except BlockingIOError: b = None
            if b == b"": break
            if b: down(b)
        if s in w:
            try: up = up[s.send(up):]
            except BlockingIOError: pass
            except BrokenPipeError: up = b""
        if 0 in r:
            up = os.read(0, 65536)
            if not up: break
except OSError as e: say("broken " + word(e))
`

const nodeScript = `const fs = require("fs"), args = process.argv.slice(1).filter((a, i) => i || a !== "--");
if (args.length === 1) { process.stdout.write(fs.readFileSync(args[0])); process.exit(0) }
const say = s => fs.writeSync(2, "wpctl: " + s + "\n"), [host, port, limit] = args;
say("begins");
let up = false;
const s = require("net").connect({host, port: +port, allowHalfOpen: true});
const late = setTimeout(() => { say("error ETIMEDOUT"); process.exit(1) }, limit * 1000);
s.on("connect", () => { clearTimeout(late); up = true; say("connected " + s.remoteAddress + " " + s.remotePort) });
s.on("error", e => {
	if (up && e.code === "EPIPE") return;
	say((up ? "broken " : "error ") + (e.code || e.message)); process.exit(up ? 0 : 1);
});
s.on("data", b => { if (!process.stdout.write(b)) { s.pause(); process.stdout.once("drain", () => s.resume()) } });
s.on("end", () => process.stdout.write("", () => process.exit(0)));
process.stdout.on("error", () => process.exit(0));
process.stdin.on("data", b => { if (!s.write(b)) { process.stdin.pause(); s.once("drain", () => process.stdin.resume()) } });
process.stdin.on("end", () => process.exit(0));
`
