// Package arithmetic evaluates the expressions of ash's "$((…))" as busybox does: in 64 bits
// that wrap around, with numbers of any base, assignments, and the order in which ash looks
// at its operands. An expression is text in which the shell has expanded all but names.
//
// Evaluation is bounded: an expression has at most [MaxExpression] bytes, the values of
// variables are expressions up to a depth of 100, and each counts with [Variables].Spend.
package arithmetic
