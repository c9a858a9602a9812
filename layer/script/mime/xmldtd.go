package mime

import (
	"errors"
	"fmt"
	"strings"
)

// doctype reads a document type declaration. Of what it declares only attributes have an effect.
func (p *parser) doctype() error {
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
			p.spaces()
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
		return fmt.Errorf("%w: a parameter entity", errUnsupported)
	case p.skip("<!ATTLIST"):
		return p.attlist()
	case p.skip("<!ELEMENT"), p.skip("<!NOTATION"), p.skip("<!ENTITY"):
		for {
			switch c := p.one(); c {
			case '"', '\'':
				if _, err := p.quoted(); err != nil {
					return err
				}
			case 0, '<':
				return errors.New("a declaration without end")
			case '>':
				p.at++
				return nil
			case '%':
				return fmt.Errorf("%w: a parameter entity", errUnsupported)
			default:
				p.at++
			}
		}
	}
	return errors.New("not a declaration")
}

// attlist reads the attributes that are declared for an element.
func (p *parser) attlist() error {
	p.spaces()
	name, err := p.token()
	if err != nil {
		return err
	}
	for {
		p.spaces()
		if p.skip(">") {
			return nil
		}
		attribute, err := p.token()
		if err != nil {
			return err
		}
		p.spaces()
		if p.has("(") {
			_, err = p.until(")")
			p.tokenized[name+" "+attribute] = true
		} else {
			var kind string
			if kind, err = p.token(); kind == "NOTATION" {
				err = fmt.Errorf("%w: a notation", errUnsupported)
			}
			p.tokenized[name+" "+attribute] = kind != "CDATA"
		}
		if err != nil {
			return err
		}
		p.spaces()
		if p.skip("#REQUIRED") || p.skip("#IMPLIED") {
			continue
		}
		if p.skip("#FIXED") {
			p.spaces()
		}
		if _, err := p.attributeValue(); err != nil {
			return err
		}
		if attribute == "xmlns" || strings.HasPrefix(attribute, "xmlns:") {
			p.defaults[name+" "+attribute] = true
		}
	}
}
