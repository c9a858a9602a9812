// Package origin turns what images and archives hold into files of a request: all below a path or what a pattern matches, with the
// owners and modes that [stage.Origin] says. It opens images; fetching and pinning all else is the caller's.
package origin
