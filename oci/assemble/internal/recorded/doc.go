// Package recorded translates between a spec and what an image says of how it was built: the history entry of its layer, and the request
// and the inputs in the record beside it. [Read] gives the spec back from which the image can be built again.
//
// A record comes with an image, from anybody: Read takes no path of this machine from it.
package recorded
