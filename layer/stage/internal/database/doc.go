// Package database makes and checks what apk needs in a root before it reads its database: directories, the lock, the note of the architecture.
package database
