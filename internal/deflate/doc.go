// Package deflate copies compressed blocks from one DEFLATE stream (RFC 1951) into
// another without recompressing them.
//
// A stream is a sequence of blocks, each with its own Huffman code, whose matches may reach
// back up to 32 KiB into earlier data. A block therefore stays valid wherever the same bytes
// precede it, as far back as its matches reach. [Member] inflates a stream and returns
// such blocks as they are stored; [Writer] joins them, and bytes that must be compressed
// first, into one stream. Most of the work of making a layer would be compressing the files
// of packages; reusing the packages' own compression reduces it to copying.
//
// The package has its own inflater because existing ones do not expose block boundaries.
// Callers must still check the inflated data against the checksum of the stream.
//
// The output of a Writer depends only on the bytes, the blocks and their order.
package deflate
