// Package libc has what Alpine's C library, musl, does with numbers, times and versions in
// text, for the programs that package scripts call: strtod, the directives of printf,
// strftime and mktime in UTC and the C locale, and strverscmp. Results do not depend on the
// machine; where C leaves them open they are those of x86-64.
package libc
