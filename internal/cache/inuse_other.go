//go:build !windows

package cache

// isInUse says that a file could not be removed because somebody has it open, which only
// Windows minds.
func isInUse(error) bool { return false }
