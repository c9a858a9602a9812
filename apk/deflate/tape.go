package deflate

import (
	"bytes"
	"io"
)

// A Tape has what a Reader has inflated, block by block, so that it can be read again without
// being inflated again. It takes as much memory as the data does, inflated and as it is stored
// together.
type Tape struct {
	blocks []tapedBlock
	left   int64 // bytes that it may still take
	isOver bool  // there was more
}

// tapedBlock is a block, or a part of a big one.
type tapedBlock struct {
	Block
	reach int
	isBig bool
}

// NewTape returns an empty tape for so many bytes of memory. Of more, it keeps nothing.
func NewTape(limit int64) *Tape { return &Tape{left: limit} }

// Size is how many bytes of memory the tape takes.
func (t *Tape) Size() int64 {
	var n int64
	for _, b := range t.blocks {
		n += int64(cap(b.Plain) + cap(b.packed))
	}
	return n
}

// IsWhole says whether all was kept that was read.
func (t *Tape) IsWhole() bool { return !t.isOver }

// record keeps what the reader has inflated last.
func (t *Tape) record(r *Reader) {
	b := tapedBlock{Block: r.block(), reach: r.reach, isBig: r.isBig}
	if t.left -= int64(len(b.Plain) + len(b.packed)); t.left < 0 {
		t.isOver, t.blocks = true, nil
	}
	if t.isOver || len(b.Plain) == 0 {
		return
	}
	b.Plain, b.packed = bytes.Clone(b.Plain), bytes.Clone(b.packed)
	t.blocks = append(t.blocks, b)
}

// Player reads a whole tape as a [Member] reads the stream, but for its checks, which were made
// then. Several may read one tape at once.
type Player struct {
	blocks []tapedBlock
	offset int // in the first of them
}

// NewPlayer begins at the tape's beginning.
func NewPlayer(t *Tape) *Player { return &Player{blocks: t.blocks} }

// Read returns what is on the tape, then io.EOF.
func (p *Player) Read(b []byte) (int, error) {
	if len(p.blocks) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.blocks[0].Plain[p.offset:])
	p.advance(n)
	return n, nil
}

func (p *Player) advance(n int) {
	if p.offset += n; p.offset == len(p.blocks[0].Plain) {
		p.blocks, p.offset = p.blocks[1:], 0
	}
}

// Block is [Reader.Block]; its Block stays valid.
func (p *Player) Block(max, back int64) (Block, bool, error) {
	if len(p.blocks) == 0 {
		return Block{}, false, nil
	}
	b := &p.blocks[0]
	if b.isBig || p.offset != 0 || !b.fits(b.reach, max, back) {
		return Block{}, false, nil
	}
	p.advance(len(b.Plain))
	return b.Block, true, nil
}
