// Package assemble turns a request (a base, packages, files, settings) into an image with exactly one more layer than its
// base.
//
// It wires the packages below it: [Resolve] opens the base, loads the indexes and runs the solver; [Plan.Write] stages the
// packages on the base's file tree and writes layer, config and manifest to an output. [ResolveAll] and [Plans.Write] do the same for
// several platforms at once. Package lamina, at the root of the module, is the front door to all of it.
//
// A request may be pinned by a lock (package oci/lock, [Plans.Lock]) and its packages vendored ([Plans.Vendor]). If [WriteOptions] request it,
// a record of the image's inputs (package oci/record) is stored with it; [ReadRecord] and [Plan.Rebuild] check from that
// record whether the image can be reproduced.
//
// Below it, each question that a plan has to answer is a package: root (what the base holds), trust (which keys count), fetch and vouch (package
// files and the keys that vouch for them), scriptcheck (scripts that are read before their packages), target (the root of a run of apk), origin and
// download (where files come from), vendored, recorded, and publish (images into an output).
//
// The output is all or nothing, equal plans give equal images, and nothing that is not verified becomes visible. A plan is for one
// goroutine; several plans may share an [Env] and be written at the same time.
package assemble
