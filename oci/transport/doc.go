// Package transport opens images by reference, whatever they lie in: it is the one place that chooses between a layout, an
// archive, a registry, a root file system and scratch.
package transport
