// Package root reads what apk keeps in a root file system: the installed database, the world, the keys that are trusted and the
// repositories, by the rules of the generation of apk that the root itself has. Missing files count as empty.
package root
