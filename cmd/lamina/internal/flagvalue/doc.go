// Package flagvalue has the values of flags that are more than text: sizes, ages, parts of a work list and upgrades. Each implements
// pflag.Value, and refuses what it cannot read with an error that says what it takes.
package flagvalue
