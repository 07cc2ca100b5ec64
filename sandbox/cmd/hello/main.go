// Command hello is the only program of the sandbox's smallest images: it answers over HTTP, or only waits.
package main

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	if len(os.Args) > 1 && os.Args[1] == "pause" {
		<-stop
		return
	}
	go func() {
		<-stop
		os.Exit(0)
	}()
	server := &http.Server{Addr: ":8080", Handler: http.HandlerFunc(hello), ReadHeaderTimeout: time.Minute}
	fmt.Println("listening on", server.Addr)
	if err := server.ListenAndServe(); err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(1)
	}
}

// hello answers every path, so that probes may ask for any.
func hello(w http.ResponseWriter, _ *http.Request) {
	name, err := os.Hostname()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, "hello from", name)
}
