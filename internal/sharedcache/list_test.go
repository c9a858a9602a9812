package sharedcache

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/lamina-oci/lamina/internal/cache"
)

// remoteExecution declares what lists are made of as build/bazel/remote/execution/v2/remote_execution.proto does, and one thing more
// that servers add.
func remoteExecution(t *testing.T) protoreflect.FileDescriptor {
	type field = descriptorpb.FieldDescriptorProto
	one, many := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL, descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	scalar := func(name string, number int32, kind descriptorpb.FieldDescriptorProto_Type) *field {
		return &field{Name: &name, Number: &number, Type: &kind, Label: &one}
	}
	message := func(name string, number int32, kind string, label *descriptorpb.FieldDescriptorProto_Label) *field {
		f := scalar(name, number, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE)
		f.TypeName, f.Label = proto.String(".re."+kind), label
		return f
	}
	const text, bytes, number = descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_BYTES,
		descriptorpb.FieldDescriptorProto_TYPE_INT64
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("re.proto"), Package: proto.String("re"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{
			{Name: proto.String("ActionResult"), Field: []*field{
				message("output_files", 2, "OutputFile", &many), scalar("exit_code", 4, number), scalar("stdout_raw", 5, bytes),
				message("execution_metadata", 9, "ExecutedActionMetadata", &one),
			}},
			{Name: proto.String("OutputFile"), Field: []*field{scalar("path", 1, text), message("digest", 2, "Digest", &one), scalar("contents", 5, bytes)}},
			{Name: proto.String("Digest"), Field: []*field{scalar("hash", 1, text), scalar("size_bytes", 2, number)}},
			{Name: proto.String("ExecutedActionMetadata"), Field: []*field{scalar("worker", 1, text)}},
		},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func someItems() []Item {
	small := []byte("small")
	return []Item{
		{Kind: cache.Segments, Key: strings.Repeat("ab", 32), Sum: sumOf([]byte("a segment")), Size: 1 << 31},
		{Kind: cache.Chains, Key: "01", Sum: sumOf(small), Size: int64(len(small)), Data: small},
	}
}

// TestListIsAnActionResult: a library for protocol buffers reads a list by the declarations of the Remote Execution API, and what it, or a
// server, writes again is the same list, also with fields that only the server has a use for.
func TestListIsAnActionResult(t *testing.T) {
	file := remoteExecution(t)
	result := file.Messages().ByName("ActionResult")
	for _, key := range [][]byte{nil, []byte("a key of some length")} {
		m := dynamicpb.NewMessage(result)
		if err := (proto.UnmarshalOptions{DiscardUnknown: false}).Unmarshal(encodeList("name", someItems(), key), m); err != nil {
			t.Fatal(err)
		}
		files := m.Get(result.Fields().ByName("output_files")).List()
		var got []Item
		for n := range files.Len() {
			f := files.Get(n).Message()
			get := func(m protoreflect.Message, name protoreflect.Name) protoreflect.Value {
				return m.Get(m.Descriptor().Fields().ByName(name))
			}
			digest := get(f, "digest").Message()
			kind, name, _ := strings.Cut(get(f, "path").String(), "/")
			i := Item{Kind: cache.Kind(kind), Key: name, Sum: get(digest, "hash").String(), Size: get(digest, "size_bytes").Int()}
			if data := get(f, "contents").Bytes(); len(data) > 0 {
				i.Data = data
			}
			if len(f.GetUnknown())+len(digest.GetUnknown()) > 0 {
				t.Error("fields that the API does not have")
			}
			got = append(got, i)
		}
		if diff := cmp.Diff(someItems(), got); diff != "" || len(m.GetUnknown()) > 0 {
			t.Errorf("%s\nunknown: %x", diff, m.GetUnknown())
		}
		worker := dynamicpb.NewMessage(file.Messages().ByName("ExecutedActionMetadata"))
		worker.Set(worker.Descriptor().Fields().ByName("worker"), protoreflect.ValueOfString("10.0.0.1"))
		m.Set(result.Fields().ByName("execution_metadata"), protoreflect.ValueOfMessage(worker))
		m.Set(result.Fields().ByName("exit_code"), protoreflect.ValueOfInt64(1))
		text, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		items, err := decodeList("name", text, key)
		if diff := cmp.Diff(someItems(), items); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
}

// TestBadLists: invalid lists, and kinds that are ignored.
func TestBadLists(t *testing.T) {
	item := func(change func(*Item)) []byte {
		items := someItems()
		for n := range items {
			change(&items[n])
		}
		return encodeList("name", items, nil)
	}
	for name, text := range map[string][]byte{
		"cut":              encodeList("name", someItems(), nil)[:100],
		"size":             item(func(i *Item) { i.Size = maxItem + 1 }),
		"negative size":    item(func(i *Item) { i.Size = -1 }),
		"sum in capitals":  item(func(i *Item) { i.Sum = strings.ToUpper(i.Sum) }),
		"short sum":        item(func(i *Item) { i.Sum = i.Sum[2:] }),
		"no sum":           item(func(i *Item) { i.Sum = "" }),
		"path as a sum":    item(func(i *Item) { i.Sum = strings.Repeat("../", 21) + "x" }),
		"other data":       item(func(i *Item) { i.Data = []byte("other") }),
		"longer data":      item(func(i *Item) { i.Data = append(i.Data, 'x') }),
		"group":            {resultFiles<<3 | 3},
		"no number behind": {resultFiles<<3 | wireVarint},
	} {
		if items, err := decodeList("name", text, nil); err == nil {
			t.Errorf("%s: %v", name, items)
		}
	}
	kinds := []Item{{Kind: cache.Answers, Key: "01", Sum: sumOf(nil)}, {Kind: "..", Key: "cache.key", Sum: sumOf(nil)},
		{Kind: cache.Tars, Key: "02", Sum: sumOf(nil)}}
	if items, err := decodeList("name", encodeList("name", kinds, nil), nil); err != nil || len(items) > 0 {
		t.Errorf("kinds that are not shared: %v, %v", items, err)
	}
}

// TestMerge: the entries of a build come first, and the oldest are dropped.
func TestMerge(t *testing.T) {
	var list []Item
	for n := range MaxPool {
		list = append(list, Item{Kind: cache.Files, Key: fmt.Sprintf("%08x", n), Size: int64(n)})
	}
	added := []Item{{Kind: cache.Files, Key: "new"}, {Kind: cache.Files, Key: list[3].Key, Size: -1}}
	merged := mergeInto(list, added)
	if len(merged) != MaxPool || merged[MaxPool-1].Key != list[MaxPool-2].Key ||
		!slices.EqualFunc(merged[:2], added, func(a, b Item) bool { return a.id() == b.id() && a.Size == b.Size }) {
		t.Errorf("%d entries, %v", len(merged), merged[:2])
	}
	seen := make(map[id]bool)
	for _, i := range merged {
		if seen[i.id()] {
			t.Errorf("%v is there twice", i.id())
		}
		seen[i.id()] = true
	}
}

// FuzzList: any bytes are refused, or are a list that comes back as it was written.
func FuzzList(f *testing.F) {
	f.Add(encodeList("name", someItems(), nil), []byte(nil))
	f.Add(encodeList("name", someItems(), []byte("key")), []byte("key"))
	f.Add([]byte{resultFiles<<3 | wireBytes, 0}, []byte(nil))
	f.Fuzz(func(t *testing.T, text, key []byte) {
		if len(key) == 0 {
			key = nil
		}
		items, err := decodeList("name", text, key)
		if err != nil {
			return
		}
		again, err := decodeList("name", encodeList("name", items, key), key)
		if diff := cmp.Diff(items, again); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		if key != nil && len(items) > 0 {
			if _, err := decodeList("other name", encodeList("name", items, key), key); err == nil {
				t.Error("a list was accepted under another name")
			}
		}
	})
}
