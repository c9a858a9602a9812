package syntax

// Builtin is a function that awk has.
type Builtin uint8

// The functions.
const (
	FnAnd Builtin = iota
	FnAtan2
	FnClose
	FnCompl
	FnCos
	FnExp
	FnFflush
	FnGsub
	FnIndex
	FnInt
	FnLength
	FnLog
	FnLshift
	FnMatch
	FnMktime
	FnOr
	FnRand
	FnRshift
	FnSin
	FnSplit
	FnSprintf
	FnSqrt
	FnSrand
	FnStrftime
	FnSub
	FnSubstr
	FnSystem
	FnSystime
	FnTolower
	FnToupper
	FnXor
)

var builtins = map[string]Builtin{
	"and": FnAnd, "atan2": FnAtan2, "close": FnClose, "compl": FnCompl, "cos": FnCos, "exp": FnExp, "fflush": FnFflush, "gsub": FnGsub,
	"index": FnIndex, "int": FnInt, "length": FnLength, "log": FnLog, "lshift": FnLshift, "match": FnMatch, "mktime": FnMktime, "or": FnOr,
	"rand": FnRand, "rshift": FnRshift, "sin": FnSin, "split": FnSplit, "sprintf": FnSprintf, "sqrt": FnSqrt, "srand": FnSrand,
	"strftime": FnStrftime, "sub": FnSub, "substr": FnSubstr, "system": FnSystem, "systime": FnSystime, "tolower": FnTolower,
	"toupper": FnToupper, "xor": FnXor,
}

// builtinArgs says how many arguments each takes.
var builtinArgs = [...][2]int{
	FnAnd: {2, 2}, FnAtan2: {2, 2}, FnClose: {1, 1}, FnCompl: {1, 1}, FnCos: {1, 1}, FnExp: {1, 1}, FnFflush: {0, 1}, FnGsub: {2, 3},
	FnIndex: {2, 2}, FnInt: {1, 1}, FnLength: {0, 1}, FnLog: {1, 1}, FnLshift: {2, 2}, FnMatch: {2, 2}, FnMktime: {1, 1}, FnOr: {2, 2},
	FnRand: {0, 0}, FnRshift: {2, 2}, FnSin: {1, 1}, FnSplit: {2, 3}, FnSprintf: {1, 1000}, FnSqrt: {1, 1}, FnSrand: {0, 1},
	FnStrftime: {0, 2}, FnSub: {2, 3}, FnSubstr: {2, 3}, FnSystem: {1, 1}, FnSystime: {0, 0}, FnTolower: {1, 1}, FnToupper: {1, 1}, FnXor: {2, 2},
}
