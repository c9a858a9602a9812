package main

// remedy says in one line what can be done about an error, or "".
func remedy(err error) string { return "" }
