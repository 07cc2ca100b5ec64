// Command floork8s is the least that looking at many objects of an API server costs, with client-go:
//
//	floork8s list NAMESPACE HOW_MANY KIND[.GROUP]...   finds kinds by discovery and lists each once
//	floork8s wait NAMESPACE HOW_MANY                   waits with one watch until so many ConfigMaps are taken
package main

import (
	"os"
	"strconv"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	must(err)
	config.QPS = -1
	n, err := strconv.Atoi(os.Args[3])
	must(err)
	f := floor{config: config, namespace: os.Args[2], n: n}
	f.client, err = dynamic.NewForConfig(config)
	must(err)
	switch os.Args[1] {
	case "list":
		f.list(os.Args[4:])
	case "wait":
		f.wait()
	}
}

type floor struct {
	config    *rest.Config
	client    dynamic.Interface
	namespace string
	n         int
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
