package expr

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
)

var (
	timeType      = reflect.TypeFor[time.Time]()
	durationType  = reflect.TypeFor[time.Duration]()
	numberType    = reflect.TypeFor[json.Number]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// selfTypes tells CEL of the Go structs that self is made of, by their json tags.
// The values themselves are plain maps (see Plain), so no field has a getter.
// It does not change once celType has returned.
type selfTypes struct {
	types.Provider
	names   map[reflect.Type]string
	structs map[string]*structType
}

type structType struct {
	names  []string
	fields map[string]*types.FieldType
}

const selfPrefix = "wpctl.self"

// celType returns the CEL type of what Plain makes of a Go type, and registers the structs in it.
func (p *selfTypes) celType(t reflect.Type) *cel.Type {
	switch {
	case t == timeType:
		return cel.TimestampType
	case t == durationType:
		return cel.DurationType
	case t == numberType, t.Kind() == reflect.Interface:
		return cel.DynType
	case isText(t):
		return cel.StringType
	}
	switch t.Kind() {
	case reflect.Pointer:
		return p.celType(t.Elem())
	case reflect.Bool:
		return cel.BoolType
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return cel.IntType
	case reflect.Float32, reflect.Float64:
		return cel.DoubleType
	case reflect.String:
		return cel.StringType
	case reflect.Slice, reflect.Array:
		return cel.ListType(p.celType(t.Elem()))
	case reflect.Map:
		return cel.MapType(cel.StringType, p.celType(t.Elem()))
	case reflect.Struct:
		return cel.ObjectType(p.register(t))
	}
	return cel.DynType
}

// isText tells whether Plain makes a string of what is no string in Go.
func isText(t reflect.Type) bool {
	return t != timeType && t.Kind() != reflect.Interface && t.Implements(textMarshaler) ||
		t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

func (p *selfTypes) register(t reflect.Type) string {
	if name, ok := p.names[t]; ok {
		return name
	}
	name := fmt.Sprintf("%s%d", selfPrefix, len(p.names))
	s := &structType{fields: map[string]*types.FieldType{}}
	p.names[t], p.structs[name] = name, s // first, as a struct may hold itself
	for _, f := range selfFields(t) {
		s.names = append(s.names, f.Name)
		s.fields[f.Name] = &types.FieldType{Type: p.celType(f.Type)}
	}
	return name
}

// FindStructType returns the type of a registered struct.
func (p *selfTypes) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.structs[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames returns the fields of a registered struct.
func (p *selfTypes) FindStructFieldNames(name string) ([]string, bool) {
	if s, ok := p.structs[name]; ok {
		return s.names, true
	}
	return p.Provider.FindStructFieldNames(name)
}

// FindStructFieldType returns the type of a field of a registered struct.
func (p *selfTypes) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if s, ok := p.structs[name]; ok {
		f, ok := s.fields[field]
		return f, ok
	}
	return p.Provider.FindStructFieldType(name, field)
}
