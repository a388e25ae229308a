package mailbox

import (
	"bytes"
	"io"
	"strings"
	"unicode"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // the charsets that messages come in
	"golang.org/x/net/html"
)

const (
	// maxMessage is the largest message that is read, in bytes. One that brings a code has some ten thousand.
	maxMessage = 1 << 20
	// maxDepth and maxParts bound how many parts of a message are looked at. A real one has three in two levels.
	maxDepth, maxParts = 8, 50
)

// text is what a person reads of a message.
type text struct {
	subject string
	// lines are those of the body without the empty ones, of all its forms in turn.
	lines []string
}

// readText decodes a message. What cannot be decoded is left out.
func readText(raw []byte) text {
	// An error that comes with an entity is about one charset or encoding that is not known; digits are readable in most.
	whole, _ := message.Read(bytes.NewReader(raw))
	if whole == nil {
		return text{}
	}
	subject, _ := whole.Header.Text("Subject") // with an error comes the undecoded text
	parts := maxParts
	return text{subject: clean(subject), lines: readPart(whole, maxDepth, &parts)}
}

// readPart returns the lines of a part and of those in it.
func readPart(part *message.Entity, depth int, left *int) []string {
	if depth == 0 || *left == 0 {
		return nil
	}
	*left--
	if several := part.MultipartReader(); several != nil {
		var lines []string
		for {
			inner, err := several.NextPart()
			if inner == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
				return lines
			}
			lines = append(lines, readPart(inner, depth-1, left)...)
		}
	}
	if disposition, _, err := part.Header.ContentDisposition(); err == nil && disposition == "attachment" {
		return nil
	}
	kind, _, err := part.Header.ContentType()
	if err != nil || kind != "text/plain" && kind != "text/html" {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(part.Body, maxMessage+1))
	if err != nil || len(body) > maxMessage {
		return nil // a number at its end may lack digits
	}
	if kind == "text/html" {
		return lines(htmlText(string(body)))
	}
	return lines(string(body))
}

// lines splits a text, without the empty lines.
func lines(text string) []string {
	var kept []string
	for line := range strings.FieldsFuncSeq(clean(text), func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

// clean removes what takes no room on a page: mails are full of it, to steer their preview.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		const graphemeJoiner = '\u034f'
		if unicode.Is(unicode.Cf, r) || r == graphemeJoiner || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text)
}

// What HTML elements do to the text around them.
var (
	// hiddenElements hold no text for a person.
	hiddenElements = newSet("style", "script", "title", "template", "textarea", "iframe", "noembed", "noframes", "noscript", "xmp", "plaintext")
	// inlineElements stay within a line and a word. Every other begins and ends a line.
	inlineElements = newSet("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
		"kbd", "label", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr")
	// cellElements stand beside each other.
	cellElements = newSet("td", "th", "img", "input", "button")
)

func newSet(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

// htmlText returns the text of a page of HTML, in lines.
func htmlText(page string) string {
	var written strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(page))
	hidden := ""
	for {
		kind := tokens.Next()
		switch kind {
		case html.ErrorToken:
			return written.String()
		case html.TextToken:
			if hidden == "" {
				written.WriteString(unwrapped(string(tokens.Text())))
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			bytes, _ := tokens.TagName()
			name := string(bytes)
			switch {
			case hidden != "":
				if kind == html.EndTagToken && name == hidden {
					hidden = ""
				}
			case hiddenElements[name]:
				if kind == html.StartTagToken {
					hidden = name
				}
			case cellElements[name]:
				written.WriteString(" ")
			case !inlineElements[name]:
				written.WriteString("\n")
			}
		case html.CommentToken, html.DoctypeToken:
		}
	}
}

// unwrapped makes spaces of the ends of lines, which mean nothing in HTML.
func unwrapped(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, text)
}
