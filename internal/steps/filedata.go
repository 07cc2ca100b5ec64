package steps

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// decodeFile decodes data as its format says; nil for text and for no format.
// Of a YAML file with several documents it is the list of them.
func decodeFile(format string, data []byte) (any, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch format {
	case "json":
		v, err := parseJSON(data)
		if errors.Is(err, io.EOF) {
			return nil, errors.New("nothing in it")
		}
		return v, err
	case "yaml":
		return decodeYAML(data)
	case "toml":
		return decodeTOML(data)
	}
	return nil, nil
}

func decodeYAML(data []byte) (any, error) {
	docs := []any{}
	for dec := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var n yaml.Node
		if err := dec.Decode(&n); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
		}
		var v any
		for _, p := range strict.Decode(documentOf(&n), &v, strict.Options{}) {
			if !p.Warning {
				return nil, fmt.Errorf("line %d: %s", p.Node.Line, p.Message)
			}
		}
		docs = append(docs, v)
	}
	switch len(docs) {
	case 0:
		return nil, errors.New("nothing in it")
	case 1:
		return docs[0], nil
	}
	return docs, nil
}

func documentOf(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		return n.Content[0]
	}
	return n
}

func decodeTOML(data []byte) (any, error) {
	m := map[string]any{}
	if _, err := toml.NewDecoder(bytes.NewReader(data)).Decode(&m); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "toml: "))
	}
	return plainTOML(m), nil
}

// plainTOML makes lists of tables into plain lists, and the times that name no moment into text.
func plainTOML(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, one := range v {
			v[key] = plainTOML(one)
		}
	case []map[string]any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = plainTOML(one)
		}
		return out
	case []any:
		for i, one := range v {
			v[i] = plainTOML(one)
		}
	case time.Time:
		if layout, local := tomlLayouts[v.Location().String()]; local {
			return v.Format(layout)
		}
	}
	return v
}

// tomlLayouts are by the names that the decoder gives to the locations of local times.
var tomlLayouts = map[string]string{
	"datetime-local": "2006-01-02T15:04:05.999999999",
	"date-local":     "2006-01-02",
	"time-local":     "15:04:05.999999999",
}

func isMarkdown(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".md" || ext == ".markdown"
}
