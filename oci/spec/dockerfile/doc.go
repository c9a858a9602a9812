// Package dockerfile reads Dockerfiles: a [File] gives a [spec.Spec], each instruction of which that changes the root file system is a step.
// Syntax and words are those of Docker's own parser. An instruction that a build cannot carry out as docker does is an error with file and line, and
// programs that cannot be interpreted are found before anything is fetched, as far as the text shows them.
//
// Sources of COPY and ADD are confined to the context directory: see package buildcontext.
package dockerfile
