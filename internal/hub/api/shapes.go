package api

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// shapes are the schemas of a kind's bodies: all fields, and those of an update.
type shapes struct {
	create, update *huma.Schema
	record         *huma.Schema // of an answer
}

// recordOf is a record with the body of one kind, for the document only.
type recordOf[B any] struct {
	hub.Record
	Body B `json:"body"`
}

// shape makes the schemas out of the structs of hub.
func (s *Server) shape() {
	s.bodies = map[hub.Kind]shapes{}
	add[hub.Workstream](s, hub.KindWorkstream)
	add[hub.Task](s, hub.KindTask)
	add[hub.Decision](s, hub.KindDecision)
	add[hub.Verdict](s, hub.KindVerdict)
	add[hub.Event](s, hub.KindEvent)
	add[hub.Message](s, hub.KindMessage)
	add[hub.Receipt](s, hub.KindReceipt)
	add[hub.Lease](s, hub.KindLease)
}

func add[B any](s *Server, kind hub.Kind) {
	registry := s.api.OpenAPI().Components.Schemas
	body := reflect.TypeFor[B]()
	create := registry.Schema(body, true, "")
	update := *registry.SchemaFromRef(create.Ref)
	update.Properties = maps.Clone(update.Properties)
	update.Required = nil
	one := 1
	update.MinProperties = &one
	if priority := update.Properties["priority"]; priority != nil { // an empty one clears it, as it does with every text
		clear := *priority
		clear.Enum = append(slices.Clone(clear.Enum), "")
		clear.PrecomputeMessages()
		update.Properties["priority"] = &clear
	}
	update.PrecomputeMessages()
	sh := shapes{create: create, update: &update, record: registry.Schema(reflect.TypeFor[recordOf[B]](), true, body.Name()+"Record")}
	if kind.Mutable() {
		name := body.Name() + "Update"
		registry.Map()[name] = &update
		sh.update = &huma.Schema{Ref: "#/components/schemas/" + name}
	}
	s.bodies[kind] = sh
}

// check judges a body by the schema of its kind and verb.
func (s *Server) check(verb hub.Verb, kind hub.Kind, body json.RawMessage) *hub.Problem {
	schema := s.bodies[kind].create
	if verb == hub.Update {
		if !kind.Mutable() {
			return hub.Refuse(hub.CodeFixed, "a %s is only ever added, never changed", kind)
		}
		schema = s.bodies[kind].update
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return hub.Refuse(hub.CodeInvalid, "the body is no JSON")
	}
	fields, ok := v.(map[string]any) // null is no body either
	if !ok {
		return hub.Refuse(hub.CodeInvalid, "the body: wanted an object")
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name] == nil { // which the library takes for a field that is not there
			return hub.Refuse(hub.CodeInvalid, "body.%s: null is no value; an empty text or list is", bounded(name))
		}
	}
	registry := s.api.OpenAPI().Components.Schemas
	var res huma.ValidateResult
	path := huma.NewPathBuffer([]byte{}, 0)
	path.Push("body")
	huma.Validate(registry, schema, path, huma.ModeWriteToServer, v, &res)
	if len(res.Errors) == 0 {
		return nil
	}
	var p *hub.Problem
	errors.As(newError(422, "the body is not as it should be", res.Errors...), &p)
	return p
}
