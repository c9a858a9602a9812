// Package mounts reserves paths of a tree for what only some commands see, as RUN --mount does.
package mounts
