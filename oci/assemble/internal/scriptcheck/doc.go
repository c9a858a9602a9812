// Package scriptcheck looks at the scripts of packages before the packages are fetched, and finds what in them cannot be interpreted.
//
// It knows the base's files and which programs the packages say that they have. Anything that depends on more, such as commands behind a condition,
// is found only when scripts run. A finding is certain unless it says otherwise.
package scriptcheck
