package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci"
)

// compareDocuments compares configs and annotations.
func (r *Report) compareDocuments(a, b *oci.Base) error {
	var configs, annotations [2]any
	for i, image := range []*oci.Base{a, b} {
		decoder := json.NewDecoder(bytes.NewReader(image.RawConfig))
		decoder.UseNumber()
		if err := decoder.Decode(&configs[i]); err != nil {
			return fmt.Errorf("config of %s: %w", image.Reference, err)
		}
		if config, ok := configs[i].(map[string]any); ok {
			if rootfs, ok := config["rootfs"].(map[string]any); ok {
				delete(rootfs, "diff_ids")
			}
		}
		list, err := image.Annotations()
		if err != nil {
			return fmt.Errorf("manifest of %s: %w", image.Reference, err)
		}
		values := make(map[string]any, len(list))
		for name, value := range list {
			values[name] = value
		}
		annotations[i] = values
	}
	compareValues(&r.Config, "", configs[0], configs[1])
	compareValues(&r.Annotations, "", annotations[0], annotations[1])
	if r.ignoreTimes { // members "created" of a config and its history, and the annotation of that name
		isTime := func(v ValueChange) bool { return strings.HasSuffix("."+v.Path, ".created") }
		r.Config, r.Annotations = slices.DeleteFunc(r.Config, isTime), slices.DeleteFunc(r.Annotations, isTime)
	}
	return nil
}

// missing stands for a member that is not there.
type missing struct{}

// compareValues goes through JSON values; lists are compared as a whole unless they
// hold objects.
func compareValues(out *[]ValueChange, path string, a, b any) {
	one, isObject := a.(map[string]any)
	other, areObjects := b.(map[string]any)
	if isObject && areObjects {
		for _, name := range sortedNames(one, other) {
			at := name
			if path != "" {
				at = path + "." + name
			}
			compareValues(out, at, member(one, name), member(other, name))
		}
		return
	}
	if list, others, ok := objectLists(a, b); ok {
		for i := range max(len(list), len(others)) {
			compareValues(out, fmt.Sprintf("%s[%d]", path, i), item(list, i), item(others, i))
		}
		return
	}
	if from, to := encode(a), encode(b); from != to {
		*out = append(*out, ValueChange{Path: path, From: from, To: to})
	}
}

func member(object map[string]any, name string) any {
	if v, ok := object[name]; ok {
		return v
	}
	return missing{}
}

func item(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return missing{}
}

// objectLists returns two lists one of which holds an object, such as a history.
func objectLists(a, b any) (one, other []any, ok bool) {
	one, isOne := a.([]any)
	other, isOther := b.([]any)
	if !isOne || !isOther {
		return nil, nil, false
	}
	for _, v := range append(one[:len(one):len(one)], other...) {
		if _, ok := v.(map[string]any); ok {
			return one, other, true
		}
	}
	return nil, nil, false
}

func encode(v any) string {
	if _, ok := v.(missing); ok {
		return ""
	}
	text, err := jsontext.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
