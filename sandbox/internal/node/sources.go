package node

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/pkg/api/v1/resource"
	"k8s.io/utils/ptr"
)

// sources reads what variables refer to, each object once.
type sources struct {
	pod  *pod
	data map[string]map[string]string // by kind and name; nil for what is not there
}

// all returns what envFrom refers to.
func (s *sources) all(ctx context.Context, from corev1.EnvFromSource) (map[string]string, error) {
	switch {
	case from.ConfigMapRef != nil:
		return s.object(ctx, "ConfigMap", from.ConfigMapRef.Name, ptr.Deref(from.ConfigMapRef.Optional, false))
	case from.SecretRef != nil:
		return s.object(ctx, "Secret", from.SecretRef.Name, ptr.Deref(from.SecretRef.Optional, false))
	}
	return nil, nil
}

// one returns what valueFrom refers to; found is false for what is optional and not there.
func (s *sources) one(ctx context.Context, spec *corev1.Container, from *corev1.EnvVarSource) (value string, found bool, err error) {
	switch {
	case from.FieldRef != nil:
		value, err = s.pod.field(from.FieldRef.FieldPath)
		return value, true, err
	case from.ResourceFieldRef != nil:
		value, err = resource.ExtractContainerResourceValue(from.ResourceFieldRef, spec)
		return value, true, err
	case from.ConfigMapKeyRef != nil:
		ref := from.ConfigMapKeyRef
		return s.key(ctx, "ConfigMap", ref.Name, ref.Key, ptr.Deref(ref.Optional, false))
	case from.SecretKeyRef != nil:
		ref := from.SecretKeyRef
		return s.key(ctx, "Secret", ref.Name, ref.Key, ptr.Deref(ref.Optional, false))
	}
	return "", false, fmt.Errorf("this node does not know the source of a variable: %v", from)
}

func (s *sources) key(ctx context.Context, kind, name, key string, optional bool) (value string, found bool, err error) {
	data, err := s.object(ctx, kind, name, optional)
	if err != nil {
		return "", false, err
	}
	value, found = data[key]
	if !found && !optional {
		return "", false, fmt.Errorf("couldn't find key %s in %s %s/%s", key, kind, s.pod.object.Namespace, name)
	}
	return value, found, nil
}

func (s *sources) object(ctx context.Context, kind, name string, optional bool) (map[string]string, error) {
	data, seen := s.data[kind+"/"+name]
	if seen {
		return data, nil
	}
	data, err := s.read(ctx, kind, name)
	if err != nil && !(optional && apierrors.IsNotFound(err)) {
		return nil, err
	}
	s.data[kind+"/"+name] = data
	return data, nil
}

func (s *sources) read(ctx context.Context, kind, name string) (map[string]string, error) {
	core, namespace := s.pod.node.client.CoreV1(), s.pod.object.Namespace
	if kind == "ConfigMap" {
		object, err := core.ConfigMaps(namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		return object.Data, nil
	}
	object, err := core.Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	data := make(map[string]string, len(object.Data))
	for key, value := range object.Data {
		data[key] = string(value)
	}
	return data, nil
}
