package busybox

func fails(*Call) (int, error) { return 1, nil }

func nothing(*Call) (int, error) { return 0, nil }

// noProcess is what looks for processes and says nothing of those that are not there.
func noProcess(*Call) (int, error) { return 1, nil }
