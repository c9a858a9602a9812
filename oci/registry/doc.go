// Package registry reads images from registries and writes them there, as the OCI distribution specification has it.
//
// [Registries] holds how registries are reached: logins and certificates as podman and docker have them, proxies, a cache of
// pulled blobs. [OpenStore] reads an image, [OpenOutput] writes one, for [github.com/lamina-oci/lamina/oci.NewDestination].
// A blob is pulled once, verified, and never sent to a registry that has it. Transfers are retried, and resumed where the
// server allows it. No error contains a password or token.
package registry
