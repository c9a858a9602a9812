// Package report writes what images contain and differ in as text for people, in columns.
package report
