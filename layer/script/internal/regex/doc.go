// Package regex matches POSIX regular expressions, basic and extended, as Alpine's libc
// (musl) has them for UTF-8: the leftmost and longest match.
//
// [Parse] translates an expression for package regexp, which matches in time linear in the
// text. An invalid expression is an [Error] with the message of libc's regerror; one that
// is valid but has no translation, such as a back reference, is an [UnsupportedError].
// [Expression.Cost] bounds the work of a match, so that a caller can count it.
//
// [ParsePerl] does the same for expressions of Perl, as "grep -P" has them. All that it does not
// read is an UnsupportedError, and so is a match that versions of grep differ in.
//
// An Expression and a Perl may be used concurrently.
package regex
