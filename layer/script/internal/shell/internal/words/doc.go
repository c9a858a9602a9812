// Package words has what ash does to the text of words, apart from a shell that would give them values: which bytes of an expanded word
// part it into fields or stand for patterns ([Text]), the operators that change a value ([Trim], [Slice], [Replace]), how read parts a
// line ([Splitter]) and how words are printed ([Quote]).
//
// Everything is as busybox 1.36's ash has it. Work that grows faster than its operands is passed to a function that may end it; nothing
// is kept between calls.
package words
