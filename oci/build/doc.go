// Package build turns a request (a base, packages, files, settings) into an
// image with exactly one layer more than its base.
//
// It is the wiring of the packages below it: [Resolve] opens the base, loads
// the indexes and asks the solver; [Plan.Write] stages the packages on the
// base's file tree and writes layer, config and manifest to a destination.
// Both can be followed, or replaced, call by call. [ResolveAll] and [Write] do
// so for several platforms at once.
//
// What a request resolved to can be kept in a [Lock], with which it resolves to
// the same for ever, and packages in a folder by [VendorPlans]. Beside an image
// goes a record of what it was made of, if [WriteOptions] ask for it; from that,
// [RequestFromRecord] and [Plan.Rebuild] find out whether the image is what the
// record says.
package build
