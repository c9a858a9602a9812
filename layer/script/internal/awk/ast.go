package awk

// Program is a parsed program. It never changes, so several runs may use it at once.
type Program struct {
	begin, end []*block
	rules      []*rule
	functions  []*function
	globals    []string // names by slot
	slots      map[string]int
	literals   []string // regular expressions between slashes
}

type rule struct {
	line          int
	pattern, last expr // nil: every record; last is the end of a range
	body          *block
	print         bool // no body: print the record
	index         int  // of the range's state, from 0
}

type block struct{ list []stmt }

type function struct {
	name    string
	params  []string
	body    *block
	defined bool
	line    int
}

// stmt is a statement; each kind says its line.
type stmt interface{ at() int }

type line int

func (l line) at() int { return int(l) }

type (
	exprStmt struct {
		line
		x expr
	}
	printStmt struct {
		line
		args   []expr
		format bool // printf
		redirect
	}
	ifStmt struct {
		line
		cond        expr
		then, other *block
	}
	whileStmt struct {
		line
		cond  expr
		body  *block
		first bool // do … while
	}
	forStmt struct {
		line
		init, post expr // nil: absent
		cond       expr
		body       *block
	}
	forInStmt struct {
		line
		target expr
		array  *varExpr
		body   *block
	}
	blockStmt struct {
		line
		body *block
	}
	deleteStmt struct {
		line
		array *varExpr
		index []expr // nil: the whole array
	}
	jumpStmt struct {
		line
		kind  jump
		value expr // of exit and return; nil if absent
	}
)

// redirect is where print writes: a zero kind is standard output.
type redirect struct {
	kind token // gt, appendTo or pipe
	to   expr
}

// jump is how control leaves a statement other than at its end.
type jump uint8

const (
	noJump jump = iota
	jumpBreak
	jumpContinue
	jumpNext
	jumpNextFile
	jumpReturn
	jumpExit
)

type expr any

type (
	numberExpr struct{ value float64 }
	stringExpr struct{ value string }
	regexExpr  struct{ text string }
	// varExpr is a variable: a slot of the globals or, if local, of the frame.
	varExpr struct {
		name  string
		slot  int
		local bool
	}
	fieldExpr struct {
		index expr
	}
	indexExpr struct {
		array *varExpr
		index []expr
	}
	unaryExpr struct {
		op token
		x  expr
	}
	binaryExpr struct {
		op   token
		x, y expr
	}
	condExpr   struct{ cond, yes, no expr }
	assignExpr struct {
		op     token // assign or the operator of "+=" and the like
		target expr
		value  expr
	}
	stepExpr struct { // ++ and --
		target expr
		delta  float64
		prefix bool
	}
	inExpr struct {
		index []expr
		array *varExpr
	}
	groupExpr struct{ list []expr } // (a, b), of print or before "in"
	callExpr  struct {
		fn   *function
		args []expr
		line int
	}
	builtinExpr struct {
		fn   builtin
		args []expr
		line int
	}
	getlineExpr struct {
		target  expr // nil: $0
		file    expr // nil: the main input
		command expr
		line    int
	}
)
