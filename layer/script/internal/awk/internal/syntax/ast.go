package syntax

// Program is a parsed program. It never changes, so several runs may use it at once.
type Program struct {
	Begin, End []*Block
	Rules      []*Rule
	Functions  []*Function
	Globals    []string // names by slot
	Slots      map[string]int
	Literals   []string // regular expressions between slashes
}

// Rule is a pattern with what is done for the records that it selects.
type Rule struct {
	Line          int
	Pattern, Last Expr // nil: every record; last is the end of a range
	Body          *Block
	Print         bool // no body: print the record
	Index         int  // of the range's state, from 0
}

// Block is a list of statements.
type Block struct{ List []Stmt }

// Function is a function that the program defines.
type Function struct {
	name    string
	Params  []string
	Body    *Block
	defined bool
	line    int
}

// Stmt is a statement; each kind says its line.
type Stmt interface{ At() int }

type line int

// At implements [Stmt].
func (l line) At() int { return int(l) }

// The statements.
type (
	ExprStmt struct {
		line
		X Expr
	}
	PrintStmt struct {
		line
		Args   []Expr
		Format bool // printf
		Redirect
	}
	IfStmt struct {
		line
		Cond        Expr
		Then, Other *Block
	}
	WhileStmt struct {
		line
		Cond  Expr
		Body  *Block
		First bool // do … while
	}
	ForStmt struct {
		line
		Init, Post Expr // nil: absent
		Cond       Expr
		Body       *Block
	}
	ForInStmt struct {
		line
		Target Expr
		Array  *VarExpr
		Body   *Block
	}
	BlockStmt struct {
		line
		Body *Block
	}
	DeleteStmt struct {
		line
		Array *VarExpr
		Index []Expr // nil: the whole array
	}
	JumpStmt struct {
		line
		Kind  Jump
		Value Expr // of exit and return; nil if absent
	}
)

// Redirect is where print writes: a zero kind is standard output.
type Redirect struct {
	Kind Token // gt, appendTo or pipe
	To   Expr
}

// Jump is how control leaves a statement other than at its end.
type Jump uint8

// The jumps, which but for [NoJump] are statements.
const (
	NoJump Jump = iota
	JumpBreak
	JumpContinue
	JumpNext
	JumpNextFile
	JumpReturn
	JumpExit
)

// Expr is an expression: a pointer to one of the types below.
type Expr any

// The expressions.
type (
	NumberExpr struct{ Value float64 }
	StringExpr struct{ Value string }
	RegexExpr  struct{ Text string }
	// VarExpr is a variable: a slot of the globals or, if local, of the frame.
	VarExpr struct {
		Name  string
		Slot  int
		Local bool
	}
	FieldExpr struct {
		Index Expr
	}
	IndexExpr struct {
		Array *VarExpr
		Index []Expr
	}
	UnaryExpr struct {
		Op Token
		X  Expr
	}
	BinaryExpr struct {
		Op     Token
		X, Y   Expr
		Alters bool // Y may set a variable, an element or a field
	}
	CondExpr   struct{ Cond, Yes, No Expr }
	AssignExpr struct {
		Op     Token // assign or the operator of "+=" and the like
		Target Expr
		Value  Expr
	}
	StepExpr struct { // ++ and --
		Target Expr
		Delta  float64
		Prefix bool
	}
	InExpr struct {
		Index []Expr
		Array *VarExpr
	}
	// ParenExpr is (a), which can not be assigned to.
	ParenExpr struct{ X Expr }
	groupExpr struct{ list []Expr } // (a, b): of print or before "in", and in no tree that is done
	CallExpr  struct {
		Fn   *Function
		Args []Expr
		Line int
	}
	BuiltinExpr struct {
		Fn     Builtin
		Args   []Expr
		Line   int
		Alters bool // an argument may set a variable, an element or a field
	}
	// GetlineExpr reads a record from the output of a command, a file or the main input.
	GetlineExpr struct {
		Target  Expr // nil: $0
		File    Expr // nil: the main input
		Command Expr
		Line    int
	}
)
