package programs

// IsKnown reports whether a name is that of a program that no distribution has as a script.
var IsKnown = isKnown
