package solver

// RemoveFromWorld is removeFromWorld, for tests.
var RemoveFromWorld = removeFromWorld
