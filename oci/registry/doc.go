// Package registry reads and writes images in registries, by the OCI distribution specification.
//
// [Registries] configures access to registries: the logins and certificates of podman and docker, proxies, a cache of
// pulled blobs. [Registries.OpenStore] reads an image, [Registries.OpenOutput] writes one, for [github.com/lamina-oci/lamina/oci.NewDestination].
// A blob is pulled once, verified, and never sent to a registry that has it. Transfers are retried, and resumed where the
// server allows it. No error contains a password or token.
//
// Answers that depart from the specification are accepted where crane and skopeo accept them. A login is sent to the
// registry's host, its subdomains and other ports, and to no other host that an upload or a redirect leads to.
package registry
