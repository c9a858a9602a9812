// Package assemble turns a request (a base, packages, files, settings) into an image with exactly one layer more than its
// base.
//
// It wires the packages below it: [Resolve] opens the base, loads the indexes and runs the solver; [Plan.Write] stages the
// packages on the base's file tree and writes layer, config and manifest to an output. [ResolveAll] and [Write] do so for
// several platforms at once. Package lamina, at the root of the module, is the front door to all of it.
//
// A request may be pinned by a lock (package oci/lock, [LockPlans]) and its packages vendored ([VendorPlans]). A record of
// what an image was made of (package oci/record) goes beside it if [WriteOptions] say so; from that, [RequestFromRecord] and
// [Plan.Rebuild] find out whether the image can be reproduced.
package assemble
