package mime

import "strings"

// copyNode returns a copy of an element for another document. Namespaces that are declared outside of the element are
// declared in the copy: at its root, in the order in which they are used. Where the root is in the default namespace
// of the database, it has no declarations at all, as the program drops them with the one that it does not need.
func copyNode(n *node) *node {
	root := n.copy(nil)
	root.hoist(n, root)
	if root.space == freeSpace && root.prefix == "" {
		root.declared = nil
	}
	return root
}

func (n *node) copy(parent *node) *node {
	c := *n
	c.parent = parent
	c.declared = append([]nsDecl(nil), n.declared...)
	c.children = make([]*node, len(n.children))
	for i, child := range n.children {
		c.children[i] = child.copy(&c)
	}
	return &c
}

// hoist declares at root what the copy n of from uses.
func (n *node) hoist(from, root *node) {
	if n.kind != element {
		return
	}
	need := func(prefix, space string) {
		if space == "" {
			return
		}
		if _, ok := n.lookup(prefix); !ok {
			root.declared = append(root.declared, nsDecl{prefix, space})
		}
	}
	need(n.prefix, n.space)
	for _, a := range n.attrs {
		need(a.prefix, a.space)
	}
	for i, child := range n.children {
		child.hoist(from.children[i], root)
	}
}

var (
	textEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")
	attrEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;", "\r", "&#13;", "\t", "&#9;")
)

// write adds n as libxml2 writes it with indentation: an element that has text is on one line with all that is in it.
func (n *node) write(b *strings.Builder, level int, indent bool) {
	switch n.kind {
	case text:
		textEscapes.WriteString(b, n.text)
		return
	case cdata:
		b.WriteString("<![CDATA[" + n.text + "]]>")
		return
	case comment:
		b.WriteString("<!--" + n.text + "-->")
		return
	case instruction:
		b.WriteString("<?" + n.name + n.text + "?>")
		return
	}
	name := qualified(n.prefix, n.name)
	b.WriteString("<" + name)
	for _, d := range n.declared {
		b.WriteString(" xmlns")
		if d.prefix != "" {
			b.WriteString(":" + d.prefix)
		}
		b.WriteString("=" + quotedURI(d.uri))
	}
	for _, a := range n.attrs {
		b.WriteString(" " + qualified(a.prefix, a.name) + `="`)
		attrEscapes.WriteString(b, a.value)
		b.WriteByte('"')
	}
	if len(n.children) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	for _, child := range n.children {
		indent = indent && child.kind != text && child.kind != cdata
	}
	for _, child := range n.children {
		if indent {
			b.WriteString("\n" + strings.Repeat("  ", min(level+1, 30)))
		}
		child.write(b, level+1, indent)
	}
	if indent {
		b.WriteString("\n" + strings.Repeat("  ", min(level, 30)))
	}
	b.WriteString("</" + name + ">")
}

func qualified(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + ":" + name
}

// quotedURI quotes the name of a namespace, in which nothing but quotes is escaped.
func quotedURI(uri string) string {
	switch {
	case !strings.Contains(uri, `"`):
		return `"` + uri + `"`
	case !strings.Contains(uri, "'"):
		return "'" + uri + "'"
	}
	return `"` + strings.ReplaceAll(uri, `"`, "&quot;") + `"`
}
