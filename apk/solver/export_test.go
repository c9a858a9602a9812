package solver

// RemoveFromWorld is what [Request.Remove] does to a world.
var RemoveFromWorld = removeFromWorld
