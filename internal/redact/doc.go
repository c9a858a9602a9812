// Package redact removes the users, passwords and tokens of URLs from what people and other programs get to see: errors,
// warnings, progress, locks, records.
//
// A URL need not be valid. Passwords are written into URLs unescaped, and one with #, ?, %, a slash or a blank makes a URL that
// means something else, whose error quotes it. So what may be a secret is removed, also where that hides a bit of a URL
// that has none.
package redact
