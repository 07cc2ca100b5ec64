package cluster

// What is read and written here of APIs that are asked for one thing each. The types of k8s.io/api know how to be
// everything that an API server needs, which makes the program half a megabyte larger.

// groups is an answer of discovery, apidiscovery.k8s.io/v2.
type groups struct {
	Items []struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
		Versions []struct {
			Version   string            `json:"version"`
			Resources []groupedResource `json:"resources"`
		} `json:"versions"`
	} `json:"items"`
}

type groupedResource struct {
	Resource     string `json:"resource"`
	ResponseKind *struct {
		Kind string `json:"kind"`
	} `json:"responseKind"`
	Scope            string   `json:"scope"`
	SingularResource string   `json:"singularResource"`
	Verbs            []string `json:"verbs"`
	ShortNames       []string `json:"shortNames"`
	Subresources     []struct {
		Subresource string   `json:"subresource"`
		Verbs       []string `json:"verbs"`
	} `json:"subresources"`
}

func (r groupedResource) namespaced() bool { return r.Scope == "Namespaced" }

// review is a question about rights, authorization.k8s.io/v1.
type review struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Spec       struct {
		Resource *reviewedResource `json:"resourceAttributes,omitempty"`
		Path     *reviewedPath     `json:"nonResourceAttributes,omitempty"`
		User     string            `json:"user,omitempty"`
		Groups   []string          `json:"groups,omitempty"`
	} `json:"spec"`
}

type reviewedResource struct {
	Namespace   string `json:"namespace,omitempty"`
	Verb        string `json:"verb,omitempty"`
	Group       string `json:"group,omitempty"`
	Resource    string `json:"resource,omitempty"`
	Subresource string `json:"subresource,omitempty"`
	Name        string `json:"name,omitempty"`
}

type reviewedPath struct {
	Path string `json:"path,omitempty"`
	Verb string `json:"verb,omitempty"`
}

// ruling is the answer to a review.
type ruling struct {
	Status struct {
		Allowed bool   `json:"allowed"`
		Reason  string `json:"reason"`
		Error   string `json:"evaluationError"`
	} `json:"status"`
}

// endpointSlice says which pods are behind a Service, discovery.k8s.io/v1.
type endpointSlice struct {
	Endpoints []struct {
		Conditions struct {
			Ready *bool `json:"ready"`
		} `json:"conditions"`
		TargetRef *struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"targetRef"`
	} `json:"endpoints"`
	Ports []endpointPort `json:"ports"`
}

type endpointPort struct {
	Name *string `json:"name"`
	Port *int32  `json:"port"`
}
