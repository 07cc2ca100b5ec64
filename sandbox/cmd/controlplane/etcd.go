package main

import (
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"go.etcd.io/etcd/server/v3/embed"
)

// runEtcd runs a single etcd, which keeps nothing safe: its cluster is thrown away in any case.
// It listens on Unix sockets, so that the permissions of their directory say who may read the cluster's secrets.
func runEtcd() int {
	flags := flag.NewFlagSet("etcd", flag.ContinueOnError)
	dir := flags.String("data-dir", "etcd", "`directory` of the data")
	client := flags.String("listen", "etcd.sock", "`file` of the socket, relative to the working directory")
	if err := flags.Parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	server, err := embed.StartEtcd(etcdConfig(*dir, *client))
	if err != nil {
		fmt.Fprintln(os.Stderr, "start etcd:", err)
		return 1
	}
	defer server.Close()
	select {
	case <-stop:
		return 0
	case err := <-server.Err():
		fmt.Fprintln(os.Stderr, "etcd:", err)
		return 1
	}
}

func etcdConfig(dir, client string) *embed.Config {
	socket := func(file string) []url.URL { return []url.URL{{Scheme: "unix", Host: file}} }
	unused := socket("unused.sock:1") // nobody asks for peers or for addresses, but they must have something like a port
	config := embed.NewConfig()
	config.Dir = dir
	config.LogLevel = "warn"
	config.UnsafeNoFsync = true
	config.WarningUnaryRequestDuration = embed.DefaultWarningUnaryRequestDuration // else every request is logged
	config.ListenClientUrls, config.AdvertiseClientUrls = socket(client), unused
	config.ListenPeerUrls, config.AdvertisePeerUrls = unused, unused
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	return config
}
