// Package layout reads and writes images in files: OCI image layouts (oci:DIR), layouts in a tar (oci-archive:FILE), and
// archives of docker save (docker-archive:FILE).
//
// [OpenStore] opens any of them for reading and verifies every blob as it is read. [NewOutput] opens one for writing, with
// [github.com/lamina-oci/lamina/oci.NewDestination]: the image becomes visible all at once, or not at all.
//
// Any number of processes may read and write one layout at the same time.
package layout
