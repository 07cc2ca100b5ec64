package check

import (
	"reflect"
	"slices"
)

// Could returns what a look may do beside what it does without arguments, where the arguments decide.
// It is found by asking for each field alone.
func (k Kind) Could() []Capability {
	if k.Needs == nil || k.New == nil {
		return nil
	}
	var out []Capability
	always := k.Needs(k.New())
	ask := func(args any) {
		for _, c := range k.Needs(args) {
			if !slices.Contains(always, c) && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	args := k.New()
	each(reflect.ValueOf(args).Elem(), func() { ask(args) })
	slices.Sort(out)
	return out
}

// each gives v, and each field of it in turn, some value other than the zero one, calls f, and takes it back.
func each(v reflect.Value, f func()) {
	if !v.CanSet() && v.Kind() != reflect.Struct {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			each(v.Field(i), f)
		}
		return
	case reflect.Pointer:
		was := reflect.ValueOf(v.Interface())
		v.Set(reflect.New(v.Type().Elem()))
		f()
		if v.Type().Elem().Kind() == reflect.Struct {
			each(v.Elem(), f)
		}
		v.Set(was)
		return
	}
	was := reflect.New(v.Type()).Elem()
	was.Set(v)
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.Zero(v.Type().Key()), reflect.Zero(v.Type().Elem()))
	default:
		return
	}
	f()
	v.Set(was)
}
