// Command floork8s finds a resource by discovery and lists it once: the least that looking at many objects costs.
//
//	floork8s NAMESPACE HOW_MANY
package main

import (
	"context"
	"os"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	must(err)
	disco, err := discovery.NewDiscoveryClientForConfig(config)
	must(err)
	groups, err := restmapper.GetAPIGroupResources(disco)
	must(err)
	mapping, err := restmapper.NewDiscoveryRESTMapper(groups).RESTMapping(schema.GroupKind{Kind: "ConfigMap"}, "v1")
	must(err)
	client, err := dynamic.NewForConfig(config)
	must(err)
	list, err := client.Resource(mapping.Resource).Namespace(os.Args[1]).List(context.Background(), metav1.ListOptions{})
	must(err)
	if want, _ := strconv.Atoi(os.Args[2]); len(list.Items) < want {
		panic("too few: " + strconv.Itoa(len(list.Items)))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
