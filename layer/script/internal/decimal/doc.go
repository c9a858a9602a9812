// Package decimal calculates as busybox' bc and dc do: with decimal numbers of any length that carry the count of their digits behind the
// point, their scale.
//
// [RunBC] runs programs of bc: expressions with all operators, assignments, variables and arrays, if, while, for, print and strings.
// [RunDC] runs programs of dc. Functions, and numbers with digits behind the point in other bases than ten, are unsupported; an error
// of the program is an [Error] with busybox' words. Numbers and programs are bounded, and so is the work, by the caller's Spend.
package decimal
