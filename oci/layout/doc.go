// Package layout reads and writes images in files: OCI image layouts (oci:DIR), the same in a tar (oci-archive:FILE), and
// the archives of docker save (docker-archive:FILE).
//
// [OpenStore] opens any of them for reading; every blob is verified while it is read. [NewOutput] is the other end, for
// [github.com/lamina-oci/lamina/oci.NewDestination]: what it writes becomes visible all at once, or not at all.
//
// Any number of processes may write to one layout at the same time, and read from it meanwhile.
package layout
