// Package xmltree reads XML documents as libxml2 reads them, and writes them as it does: the language of the XML 1.0 and Namespaces
// recommendations (https://www.w3.org/TR/xml/, https://www.w3.org/TR/xml-names/) without entities other than the five that are always there.
// Memory is bounded by the number of nodes.
package xmltree

const (
	maxAttributes = 100 // of one element
	maxDepth      = 100 // nesting of elements
)
