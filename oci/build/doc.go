// Package build turns a request (a base, packages, files, settings) into an
// image with exactly one layer more than its base.
//
// It is the wiring of the packages below it: [Resolve] opens the base, loads
// the indexes and asks the solver; [Plan.Write] stages the packages on the
// base's file tree and writes layer, config and manifest to a destination.
// Both can be followed, or replaced, call by call.
package build
