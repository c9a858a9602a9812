// Package deflate takes compressed data over from one DEFLATE stream (RFC 1951) into
// another without compressing it again.
//
// A stream is a sequence of blocks, each with a code of its own, whose matches may reach
// back up to 32 KiB into what came before. So a block stays right wherever the same bytes
// are before it as far back as its matches reach. [Reader] inflates a stream and gives
// away such blocks as they are stored; [Writer] joins them, and bytes that must be compressed
// first, into one stream. For the files of a package, compressed when it was built,
// this does at the speed of copying what would otherwise be most of the work
// of making a layer.
//
// The inflater is our own since those to be had do not show where blocks are. Whatever
// it gives is still to be held against the checksum that goes along with the stream.
//
// What a Writer writes depends on the bytes, the blocks and their order, and on nothing else.
package deflate
