// Package convert writes specs that do what files of other builders say: Dockerfiles, apko's image configurations and the definitions
// of Docker's hardened images.
//
// A conversion is a function of the file, the directory of its sources and the options: it reads no network unless the options say how.
// Whatever the spec does not say as the file does is a [Note] with its line; nothing is left out in silence. The output is checked
// by reading it as a spec.
package convert
