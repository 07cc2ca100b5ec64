package merge

import (
	"reflect"
	"time"
)

// full is a struct with something in each field, so that JSON shows all of them.
func full(v any) any {
	p := reflect.New(reflect.TypeOf(v)).Elem()
	for i := range p.NumField() {
		f := p.Field(i)
		switch f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Int:
			f.SetInt(1)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{"x"}))
		case reflect.Map:
			f.Set(reflect.ValueOf(map[string]string{"x": "x"}))
		case reflect.Pointer:
			f.Set(reflect.ValueOf(&time.Time{}))
		}
	}
	return p.Interface()
}
