package xmltree

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var xmlDeclaration = regexp.MustCompile(`^<\?xml\s+version\s*=\s*("1\.[0-9]"|'1\.[0-9]')` +
	`(\s+encoding\s*=\s*("[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(\s+standalone\s*=\s*("yes"|"no"|'yes'|'no'))?\s*$`)

// document reads a whole document.
func (p *parser) document() (*Node, error) {
	if p.has("<?xml") && len(p.in) > p.at+5 && isSpace(p.in[p.at+5]) {
		declaration, err := p.until("?>")
		if err != nil {
			return nil, err
		}
		if !xmlDeclaration.MatchString(declaration) {
			return nil, fmt.Errorf("%w: the XML declaration", ErrUnsupported)
		}
	}
	doctype := false
	for {
		p.spaces()
		switch {
		case p.has("<!--") || p.has("<?"):
			if _, err := p.misc(); err != nil {
				return nil, err
			}
			continue
		case !doctype && p.skip("<!DOCTYPE"):
			doctype = true
			if err := p.doctype(); err != nil {
				return nil, err
			}
			continue
		}
		break
	}
	root, err := p.tree()
	if err != nil {
		return nil, err
	}
	for {
		p.spaces()
		if p.at == len(p.in) {
			return root, nil
		}
		if _, err := p.misc(); err != nil {
			return nil, err
		}
	}
}

// misc reads a comment or a processing instruction.
func (p *parser) misc() (*Node, error) {
	if p.skip("<!--") {
		s, err := p.until("--")
		if err == nil && !p.skip(">") {
			err = errors.New("\"--\" in a comment")
		}
		return &Node{Kind: Comment, Text: s}, err
	}
	if !p.skip("<?") {
		return nil, errors.New("text outside of the root element")
	}
	target, err := p.token()
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(target, "xml") {
		return nil, fmt.Errorf("an instruction named %q", target)
	}
	blank := p.spaces()
	s, err := p.until("?>")
	if err == nil && s != "" && !blank {
		err = errors.New("no space after the name of an instruction")
	}
	if blank {
		s = " " + s
	}
	return &Node{Kind: Instruction, Name: target, Text: s}, err
}

// tree reads the root element with all that is in it.
func (p *parser) tree() (*Node, error) {
	var root, in *Node
	depth := 0
	add := func(n *Node) error {
		if *p.nodes--; *p.nodes < 0 {
			return fmt.Errorf("%w: too many nodes", ErrUnsupported)
		}
		n.parent = in
		if in != nil {
			in.Children = append(in.Children, n)
		}
		return nil
	}
	var stack []string
	for {
		switch {
		case p.at == len(p.in) && root == nil:
			return nil, errors.New("no root element")
		case p.at == len(p.in):
			return nil, errors.New("the document ends in an element")
		case in != nil && p.skip("</"):
			name := stack[len(stack)-1]
			if !p.skip(name) {
				return nil, fmt.Errorf("no end of element %q", name)
			}
			p.spaces()
			if !p.skip(">") {
				return nil, fmt.Errorf("no end of element %q", name)
			}
			stack = stack[:len(stack)-1]
			if in, depth = in.parent, depth-1; in == nil {
				return root, nil
			}
		case in != nil && p.skip("<![CDATA["):
			s, err := p.until("]]>")
			if err != nil {
				return nil, err
			}
			if err := add(&Node{Kind: CDATA, Text: s}); err != nil {
				return nil, err
			}
		case in != nil && (p.has("<!") || p.has("<?")):
			n, err := p.misc()
			if err != nil {
				return nil, err
			}
			if err := add(n); err != nil {
				return nil, err
			}
		case p.skip("<"):
			n, name, empty, err := p.startTag(in)
			if err != nil {
				return nil, err
			}
			if err := add(n); err != nil {
				return nil, err
			}
			if root == nil {
				root = n
			}
			if !empty {
				stack, in, depth = append(stack, name), n, depth+1
			}
			if depth > maxDepth {
				return nil, fmt.Errorf("%w: elements nested deeper than %d", ErrUnsupported, maxDepth)
			}
			if in == nil {
				return root, nil
			}
		case in == nil:
			return nil, errors.New("no root element")
		default:
			s, err := p.characters()
			if err != nil {
				return nil, err
			}
			if err := add(&Node{Kind: Text, Text: s}); err != nil {
				return nil, err
			}
		}
	}
}

// characters reads text up to the next tag.
func (p *parser) characters() (string, error) {
	var b strings.Builder
	for p.at < len(p.in) && p.in[p.at] != '<' {
		if p.skip("&") {
			s, err := p.reference()
			if err != nil {
				return "", err
			}
			b.WriteString(s)
			continue
		}
		n := strings.IndexAny(p.in[p.at:], "<&")
		if n < 0 {
			n = len(p.in) - p.at
		}
		s := p.in[p.at : p.at+n]
		if strings.Contains(s, "]]>") {
			return "", errors.New("\"]]>\" in text")
		}
		b.WriteString(s)
		p.at += n
	}
	return b.String(), nil
}

// startTag reads a tag after its "<". It returns the name as written, and whether the element ends here.
func (p *parser) startTag(parent *Node) (n *Node, name string, empty bool, err error) {
	if name, err = p.token(); err != nil {
		return nil, "", false, err
	}
	n = &Node{parent: parent}
	seen := map[string]bool{}
	for {
		blank := p.spaces()
		if empty = p.skip("/>"); empty || p.skip(">") {
			break
		}
		if !blank {
			return nil, "", false, errors.New("no space before an attribute")
		}
		key, err := p.token()
		if err != nil {
			return nil, "", false, err
		}
		p.spaces()
		if !p.skip("=") {
			return nil, "", false, fmt.Errorf("no value of the attribute %q", key)
		}
		p.spaces()
		value, err := p.attributeValue()
		if err != nil {
			return nil, "", false, err
		}
		if seen[key] {
			return nil, "", false, fmt.Errorf("the attribute %q twice", key)
		}
		if seen[key] = true; len(seen) > maxAttributes {
			return nil, "", false, fmt.Errorf("%w: more than %d attributes", ErrUnsupported, maxAttributes)
		}
		if p.tokenized[name+" "+key] {
			value = strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == ' ' }), " ")
		}
		prefix, local, ok := strings.Cut(key, ":")
		switch {
		case key == "xmlns":
			value = strings.ReplaceAll(value, "&", "&#38;") // libxml2 leaves it so in the names of namespaces
			n.Declared = append(n.Declared, Declaration{"", value})
		case prefix == "xmlns" && ok:
			if value == "" || local == "xml" || local == "xmlns" || value == XMLSpace {
				return nil, "", false, fmt.Errorf("%w: the attribute %q", ErrUnsupported, key)
			}
			value = strings.ReplaceAll(value, "&", "&#38;")
			n.Declared = append(n.Declared, Declaration{local, value})
		default:
			n.Attributes = append(n.Attributes, Attribute{Name: key, Value: value})
		}
	}
	for declared := range p.defaults {
		if rest, ok := strings.CutPrefix(declared, name+" "); ok && !seen[rest] {
			return nil, "", false, fmt.Errorf("%w: a default for the attribute %q of %q", ErrUnsupported, rest, name)
		}
	}
	if n.Prefix, n.Name, n.Space, err = n.resolve(name, true); err != nil {
		return nil, "", false, err
	}
	expanded := map[string]bool{}
	for i := range n.Attributes {
		a := &n.Attributes[i]
		if a.Prefix, a.Name, a.Space, err = n.resolve(a.Name, false); err != nil {
			return nil, "", false, err
		}
		if id := a.Space + " " + a.Name; expanded[id] {
			return nil, "", false, fmt.Errorf("%w: the attribute %q twice", ErrUnsupported, a.Name)
		} else {
			expanded[id] = true
		}
	}
	return n, name, empty, nil
}

// resolve takes a name apart. A prefix that is not declared is part of the name.
func (n *Node) resolve(name string, isElement bool) (prefix, local, space string, err error) {
	prefix, local, ok := strings.Cut(name, ":")
	if !ok {
		if isElement {
			space, _ = n.lookup("")
		}
		return "", name, space, nil
	}
	if prefix == "" || local == "" || strings.Contains(local, ":") || prefix == "xmlns" {
		return "", "", "", fmt.Errorf("%w: the name %q", ErrUnsupported, name)
	}
	if space, ok = n.lookup(prefix); !ok {
		return "", name, "", nil
	}
	return prefix, local, space, nil
}
