// Package buildcontext confines the files that a spec or a Dockerfile may read to the context directory: a stranger may have written
// either, and the image goes to everyone who can pull it. No "..", absolute path or link leads out of the directory, at no time.
package buildcontext
