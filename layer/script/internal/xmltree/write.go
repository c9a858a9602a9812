package xmltree

import "strings"

// Copy returns a copy of an element for another document. Namespaces that are declared outside of the element are declared in the copy: at
// its root, in the order in which they are used.
func (n *Node) Copy() *Node {
	root := n.copy(nil)
	root.hoist(n, root)
	return root
}

func (n *Node) copy(parent *Node) *Node {
	c := *n
	c.parent = parent
	c.Declared = append([]Declaration(nil), n.Declared...)
	c.Children = make([]*Node, len(n.Children))
	for i, child := range n.Children {
		c.Children[i] = child.copy(&c)
	}
	return &c
}

// hoist declares at root what the copy n of from uses.
func (n *Node) hoist(from, root *Node) {
	if n.Kind != Element {
		return
	}
	need := func(prefix, space string) {
		if space == "" {
			return
		}
		if _, ok := n.lookup(prefix); !ok {
			root.Declared = append(root.Declared, Declaration{prefix, space})
		}
	}
	need(n.Prefix, n.Space)
	for _, a := range n.Attributes {
		need(a.Prefix, a.Space)
	}
	for i, child := range n.Children {
		child.hoist(from.Children[i], root)
	}
}

var (
	textEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")
	attrEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;", "\r", "&#13;", "\t", "&#9;")
)

// Write adds n as libxml2 writes it with indentation: an element that has text is on one line with all that is in it.
func (n *Node) Write(b *strings.Builder) { n.write(b, 0, true) }

func (n *Node) write(b *strings.Builder, level int, indent bool) {
	switch n.Kind {
	case Text:
		textEscapes.WriteString(b, n.Text)
		return
	case CDATA:
		add(b, "<![CDATA[", n.Text, "]]>")
		return
	case Comment:
		add(b, "<!--", n.Text, "-->")
		return
	case Instruction:
		add(b, "<?", n.Name, n.Text, "?>")
		return
	}
	name := qualified(n.Prefix, n.Name)
	add(b, "<", name)
	for _, d := range n.Declared {
		prefix := ""
		if d.Prefix != "" {
			prefix = ":"
		}
		add(b, " xmlns", prefix, d.Prefix, "=", quotedURI(d.URI))
	}
	for _, a := range n.Attributes {
		add(b, " ", qualified(a.Prefix, a.Name), `="`, attrEscapes.Replace(a.Value), `"`)
	}
	if len(n.Children) == 0 {
		add(b, "/>")
		return
	}
	add(b, ">")
	for _, child := range n.Children {
		indent = indent && child.Kind != Text && child.Kind != CDATA
	}
	newline := func(level int) {
		if indent {
			add(b, "\n", strings.Repeat("  ", min(level, 30)))
		}
	}
	for _, child := range n.Children {
		newline(level + 1)
		child.write(b, level+1, indent)
	}
	newline(level)
	add(b, "</", name, ">")
}

// add adds texts one after the other. Inlined, it would take kilobytes of the program.
//
//go:noinline
func add(b *strings.Builder, texts ...string) {
	for _, text := range texts {
		b.WriteString(text)
	}
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
