// Package recorded translates between a spec and what an image says of how it was built: the history entry of its layer, and the request
// in the record beside it. [Read] gives the spec back from which the image can be built again.
//
// A record comes with an image, from anybody: Read trusts nothing in it with files of this machine.
package recorded
