// Package clusterdns answers for the names of a cluster's Services, as the DNS server of a real cluster does, and for no
// other names, those of stub domains aside.
package clusterdns

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/miekg/dns"
	"k8s.io/client-go/tools/clientcmd"
)

// ttl is how long an answer may be kept, in seconds: tests change Services and ask again.
const ttl = 1

// Main is the command line of the server: it returns the exit code.
func Main(args []string) int {
	flags := flag.NewFlagSet("dns", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "`file` with the cluster and its credentials")
	address := flags.String("listen", "", "`address` for UDP and TCP")
	var outside []string
	flags.Func("outside", "`address` at which no name exists, may be given again", func(a string) error {
		outside = append(outside, a)
		return nil
	})
	domain := flags.String("domain", "cluster.local", "`domain` of the cluster")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := Serve(ctx, *kubeconfig, *domain, *address, outside); err != nil {
		fmt.Fprintln(os.Stderr, "dns:", err)
		return 1
	}
	return 0
}

// Serve answers at an address, and at those outside of the cluster that there is no such name, until ctx ends.
func Serve(ctx context.Context, kubeconfig, domain, address string, outside []string) error {
	rest, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	records, err := watch(ctx, rest, dns.Fqdn(domain))
	if err != nil {
		return err
	}
	ended := make(chan error)
	listen := func(address string, handler dns.HandlerFunc) {
		for _, network := range []string{"udp", "tcp"} {
			server := &dns.Server{Addr: address, Net: network, Handler: handler}
			go func() { ended <- server.ListenAndServe() }()
		}
	}
	stubs := stubs{records.maps}
	or := func(answer dns.HandlerFunc) dns.HandlerFunc {
		return func(w dns.ResponseWriter, query *dns.Msg) {
			if !stubs.forward(ctx, w, query) {
				answer(w, query)
			}
		}
	}
	listen(address, or(records.answer))
	for _, a := range outside {
		listen(a, or(noSuchName))
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-ended: // the others end with the process
		return err
	}
}

func noSuchName(w dns.ResponseWriter, query *dns.Msg) {
	_ = w.WriteMsg(new(dns.Msg).SetRcode(query, dns.RcodeNameError)) // who asked may be gone
}

// answer says NXDOMAIN to names that do not exist, those outside of the cluster included: there is no way out.
func (r *records) answer(w dns.ResponseWriter, query *dns.Msg) {
	reply := new(dns.Msg).SetReply(query)
	reply.Authoritative, reply.RecursionAvailable = true, true
	if len(query.Question) != 1 {
		reply.Rcode = dns.RcodeFormatError
		_ = w.WriteMsg(reply)
		return
	}
	q := query.Question[0]
	hosts, exists := r.lookup(q.Name)
	if !exists {
		reply.Rcode = dns.RcodeNameError
		reply.Ns = []dns.RR{r.soa()}
	}
	for _, h := range hosts {
		reply.Answer = append(reply.Answer, h.record(q)...)
	}
	if exists && len(reply.Answer) == 0 {
		reply.Ns = []dns.RR{r.soa()}
	}
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
		size := dns.MinMsgSize
		if opt := query.IsEdns0(); opt != nil {
			size = max(size, int(opt.UDPSize()))
		}
		reply.Truncate(size)
	}
	_ = w.WriteMsg(reply) // who asked may be gone
}

func (r *records) soa() dns.RR {
	return &dns.SOA{
		Hdr: dns.RR_Header{Name: r.domain, Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: ttl},
		Ns:  "ns.dns." + r.domain, Mbox: "hostmaster." + r.domain, Serial: 1, Refresh: 60, Retry: 60, Expire: 60, Minttl: ttl,
	}
}
