package solver

var debugHook func(*solver)
