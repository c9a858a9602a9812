// Package deflate writes parts of DEFLATE streams (RFC 1951) to another stream and keeps their compression.
//
// A compressor replaces bytes by matches, references to the same bytes up to 32 KiB before, and writes what is left in blocks with a
// Huffman code for each. Looking for matches is most of its work. [Member] inflates a stream and returns [Run] by Run what it holds, with
// the matches; [Writer] joins runs, and bytes in between such as headers, to one stream:
//
//   - A run that is a block of the stream is copied as it is, if what its matches refer to is before it here too.
//   - Of other runs, a match whose bytes are in reach keeps its length and gets the distance that they have here. Where they are
//     missing, and in literals, a quick search looks for other matches. Then there is a new code.
//
// The layer of a package's files is a package whose headers were replaced, so almost all matches remain, and making it costs little
// more than copying.
//
// The package has its own inflater because existing ones expose neither matches nor block boundaries.
// Callers must still check the inflated data against the checksum of the stream.
//
// The output of a Writer depends only on the streams, and on which parts of them and which bytes in between it gets.
package deflate
