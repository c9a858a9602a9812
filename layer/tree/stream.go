package tree

import (
	"io"
	"sort"
)

// Streamed is a content that is part of a stream, which can only be read from its beginning.
type Streamed interface {
	Content

	// Stream returns the stream and the content's place in it. Two contents of one stream return equal ones.
	Stream() (Stream, int)
}

// Stream has several contents. Its implementation is comparable.
type Stream interface {
	// Each reads the stream once, and calls read for the contents in the wanted places, which are in their order, until it
	// fails.
	Each(wanted []int, read func(i int, r io.Reader) error) error
}

// ReadContents calls read for each of the contents, which differ, once and in an order in which no stream is read twice, until it fails.
func ReadContents(contents []Content, read func(i int, r io.Reader) error) error {
	type item struct{ place, index int } // in the stream, and in contents
	var streams []Stream
	items := make(map[Stream][]item)
	for i, c := range contents {
		streamed, ok := c.(Streamed)
		if !ok {
			if err := readContent(c, func(r io.Reader) error { return read(i, r) }); err != nil {
				return err
			}
			continue
		}
		stream, place := streamed.Stream()
		if items[stream] == nil {
			streams = append(streams, stream)
		}
		items[stream] = append(items[stream], item{place, i})
	}
	for _, stream := range streams {
		list := items[stream]
		sort.SliceStable(list, func(i, j int) bool { return list[i].place < list[j].place })
		var wanted []int
		index := make(map[int]int) // by place
		for _, it := range list {
			wanted = append(wanted, it.place)
			index[it.place] = it.index
		}
		if err := stream.Each(wanted, func(place int, r io.Reader) error { return read(index[place], r) }); err != nil {
			return err
		}
	}
	return nil
}

func readContent(c Content, read func(io.Reader) error) error {
	r, err := c.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return read(r)
}
