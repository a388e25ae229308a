// Package markup writes HTML and SVG such that nobody can forget to escape. The names of elements and attributes are constants of the program,
// which their types see to; every text and every value of an attribute is escaped; what is opened is closed. There is no way to write
// anything else.
package markup

import (
	"html"
	"strings"
	"unicode"
)

// Tag is the name of an element. It is a constant of the program and never what somebody else wrote.
type Tag string

// Name is the name of an attribute, as constant as a Tag.
type Name string

// Attribute is one attribute of an element.
type Attribute struct {
	Name  Name
	Value string
}

// Style is a sheet of styles, as constant as a Tag.
type Style string

// Page is a page that is being written. The zero value is an empty one.
type Page struct{ text strings.Builder }

// String returns what was written.
func (p *Page) String() string { return p.text.String() }

// Begin writes what a page of HTML begins with.
func (p *Page) Begin() { p.text.WriteString("<!DOCTYPE html>\n") }

// Element writes an element and whatever is written inside.
func (p *Page) Element(tag Tag, attributes []Attribute, inside func()) {
	p.open(tag, attributes)
	inside()
	p.close(tag)
}

// Leaf writes an element with a text.
func (p *Page) Leaf(tag Tag, text string, attributes ...Attribute) {
	p.open(tag, attributes)
	p.Text(text)
	p.close(tag)
}

// Void writes an element of HTML that has no inside, such as meta.
func (p *Page) Void(tag Tag, attributes ...Attribute) {
	p.open(tag, attributes)
	p.text.WriteByte('\n')
}

// Text writes a text.
func (p *Page) Text(text string) {
	// Characters that no page may hold, and those that turn the direction of what follows, are replaced.
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(text, string(unicode.ReplacementChar)))
	p.text.WriteString(html.EscapeString(text))
}

// Styles writes a sheet of styles.
func (p *Page) Styles(sheet Style) {
	p.open("style", nil)
	p.text.WriteString(string(sheet))
	p.close("style")
}

func (p *Page) open(tag Tag, attributes []Attribute) {
	p.text.WriteString("<" + string(tag))
	for _, attribute := range attributes {
		p.text.WriteString(" " + string(attribute.Name) + `="`)
		p.Text(attribute.Value)
		p.text.WriteString(`"`)
	}
	p.text.WriteString(">")
}

func (p *Page) close(tag Tag) { p.text.WriteString("</" + string(tag) + ">\n") }
