// Package sharedcache is a cache that machines share: it reads and writes the entries of package cache on servers. A [Store] is a server;
// package oci/registry has one for registries, and [HTTP] is one for servers of Bazel's remote cache protocol.
//
// # Lists
//
// A server has blobs by their SHA-256, and lists of entries: kind, key, digest and size of each, and the content of small ones. A build reads
// two lists: the one that the last build of the same spec has left, which names all that a build like it needs, and, for what that lacks, the
// one that all builds share, with the [MaxPool] entries that builds have written last. So a build costs one request for a list and one for each
// entry that is fetched; nothing is sent to ask for what is missing.
//
// A list is an ActionResult of the Remote Execution API, whose output files have the paths KIND/KEY, since servers such as bazel-remote accept
// nothing else under /ac/ and keep blobs as long as the results that name them. With a key, its stdout has an HMAC-SHA-256 of the rest.
//
// Writers that race may drop each other's additions to the common list, and the next build that misses them adds them again. A list may name
// blobs that a server has lost: the entry is rebuilt, and written again.
//
// # Trust
//
// Every blob must have its digest and size. Beyond that, entries are as good as those who may write to the server, unless
// [cache.Kind.IsBelieved] says that their readers verify them; with a key, a list counts only if it was written with the same key, and the
// server and others who may write to it are not believed.
//
// # Promises
//
// A shared cache never makes a build fail. Each request ends after the time-out, plus the time that its body takes at [MinRate]. A server
// that does not answer in time, or refuses a request, is not used any more by the process, which is reported once.
package sharedcache
