package convert

// Detect tells the format of a file.
var Detect = detect
