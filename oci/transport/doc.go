// Package transport opens images by reference. It alone chooses between a layout, an archive, a registry, a root file
// system and scratch.
package transport
