package xmltree

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// doctype reads a document type declaration. Of what it declares only attributes have an effect. As not all of its
// language is known here, an error in it is one of what is not supported.
func (p *parser) doctype() error {
	err := p.readDoctype()
	if err != nil && !errors.Is(err, ErrUnsupported) {
		err = fmt.Errorf("%w: the document type: %w", ErrUnsupported, err)
	}
	return err
}

func (p *parser) readDoctype() error {
	if !p.spaces() {
		return errors.New("no space after <!DOCTYPE")
	}
	if _, err := p.token(); err != nil {
		return err
	}
	p.spaces()
	if p.has("SYSTEM") || p.has("PUBLIC") {
		public := p.has("PUBLIC")
		p.at += len("SYSTEM")
		for i := 0; i < 2 && (i == 0 || public); i++ {
			if !p.spaces() {
				return errors.New("no space before an identifier")
			}
			if _, err := p.quoted(); err != nil {
				return err
			}
		}
		p.spaces()
	}
	if p.skip("[") {
		for {
			p.spaces()
			if p.skip("]") {
				break
			}
			if err := p.declaration(); err != nil {
				return err
			}
		}
		p.spaces()
	}
	if !p.skip(">") {
		return errors.New("a document type declaration without end")
	}
	return nil
}

// declaration reads one declaration of a document type.
func (p *parser) declaration() error {
	switch {
	case p.has("<!--") || p.has("<?"):
		_, err := p.misc()
		return err
	case p.has("%"):
		return fmt.Errorf("%w: a parameter entity", ErrUnsupported)
	case p.skip("<!ATTLIST"):
		return p.attlist()
	case p.skip("<!ELEMENT"):
		if !p.spaces() {
			return errors.New("no space after <!ELEMENT")
		}
		if _, err := p.token(); err != nil {
			return err
		}
		if !p.spaces() {
			return errors.New("no space after the name of an element")
		}
		if !p.skip("EMPTY") && !p.skip("ANY") {
			if err := p.content(0); err != nil {
				return err
			}
		}
		p.spaces()
		if p.skip(">") {
			return nil
		}
	}
	return errors.New("not a declaration")
}

// content reads what may be in an element: a list in parentheses.
func (p *parser) content(depth int) error {
	if depth > maxDepth || !p.skip("(") {
		return errors.New("the content of an element")
	}
	separator := byte(0)
	p.spaces()
	mixed := p.skip("#PCDATA")
	for first := !mixed; ; first = false {
		p.spaces()
		if !first {
			if p.skip(")") {
				break
			}
			c := p.one()
			if c != '|' && (c != ',' || mixed) || separator != 0 && c != separator {
				return errors.New("the content of an element")
			}
			separator = c
			p.at++
			p.spaces()
		}
		if p.one() == '(' && !mixed {
			if err := p.content(depth + 1); err != nil {
				return err
			}
		} else if _, err := p.token(); err != nil {
			return err
		} else if !mixed {
			p.occurrence()
		}
	}
	if mixed {
		if !p.skip("*") && separator != 0 {
			return errors.New("the content of an element")
		}
		return nil
	}
	p.occurrence()
	return nil
}

// occurrence passes the mark that tells how often something may be there.
func (p *parser) occurrence() {
	if c := p.one(); c == '?' || c == '*' || c == '+' {
		p.at++
	}
}

// attlist reads the attributes that are declared for an element.
func (p *parser) attlist() error {
	if !p.spaces() {
		return errors.New("no space after <!ATTLIST")
	}
	name, err := p.token()
	if err != nil {
		return err
	}
	for {
		blank := p.spaces()
		if p.skip(">") {
			return nil
		}
		attribute, err := p.token()
		if err != nil {
			return err
		}
		if !blank || !p.spaces() {
			return errors.New("no space after a name")
		}
		key := name + " " + attribute
		if _, twice := p.tokenized[key]; twice {
			return errors.New("an attribute that is declared twice")
		}
		if p.one() == '(' {
			err = p.enumeration()
			p.tokenized[key] = true
		} else {
			var kind string
			kind, err = p.token()
			p.tokenized[key] = kind != "CDATA"
			if !slices.Contains([]string{"CDATA", "ID", "IDREF", "IDREFS", "NMTOKEN", "NMTOKENS"}, kind) {
				err = errors.New("the type of an attribute")
			}
		}
		if err != nil {
			return err
		}
		if !p.spaces() {
			return errors.New("no space after the type of an attribute")
		}
		if p.skip("#REQUIRED") || p.skip("#IMPLIED") {
			continue
		}
		if p.skip("#FIXED") && !p.spaces() {
			return errors.New("no space after #FIXED")
		}
		if _, err := p.attributeValue(); err != nil {
			return err
		}
		if attribute == "xmlns" || strings.HasPrefix(attribute, "xmlns:") {
			p.defaults[key] = true
		}
	}
}

// enumeration reads the list of values of an attribute.
func (p *parser) enumeration() error {
	list, err := p.until(")")
	if err != nil {
		return err
	}
	for _, value := range strings.Split(list[1:], "|") {
		value = strings.Trim(value, " \t\n")
		if value == "" || strings.ContainsFunc(value, func(r rune) bool { return !isNameChar(r, false) }) {
			return errors.New("the values of an attribute")
		}
	}
	return nil
}
