package markup

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestNothingGetsOut puts texts that try to be more than texts into every place that takes one, and reads the page as a browser does.
func TestNothingGetsOut(t *testing.T) {
	for _, text := range []string{
		"plain", `<b>`, `</p><script>x</script>`, `"`, `" onload="x`, `'`, `&amp;`, `&`, "<!--", "]]>", "a\nb", "\u00e9\u4e2d\U0001F600",
	} {
		page := &Page{}
		page.Begin()
		page.Element("html", nil, func() {
			page.Element("body", nil, func() {
				page.Leaf("p", text, Attribute{Name: "title", Value: text})
			})
		})
		root, err := html.Parse(strings.NewReader(page.String()))
		if err != nil {
			t.Fatal(err)
		}
		var elements []string
		for node := range root.Descendants() {
			if node.Type != html.ElementNode {
				continue
			}
			elements = append(elements, node.Data)
			if node.Data == "p" && (node.FirstChild.Data != text || len(node.Attr) != 1 || node.Attr[0].Val != text) {
				t.Errorf("of %q became %q and %q", text, node.FirstChild.Data, node.Attr)
			}
		}
		if got := strings.Join(elements, " "); got != "html head body p" {
			t.Errorf("of %q became the elements %s", text, got)
		}
	}
}

func TestWhatNoPageMayHold(t *testing.T) {
	page := &Page{}
	page.Text("a\x00b\x1b[31m\x7f\u202ec\xffd\u0085\u2066")
	if got, want := page.String(), "a\uFFFDb\uFFFD[31m\uFFFD\uFFFDc\uFFFDd\uFFFD\uFFFD"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestElementsAreClosed(t *testing.T) {
	page := &Page{}
	page.Element("ul", []Attribute{{Name: "class", Value: "x"}}, func() {
		page.Leaf("li", "1")
		page.Void("br")
	})
	page.Styles("p { margin: 0 }")
	want := "<ul class=\"x\"><li>1</li>\n<br>\n</ul>\n<style>p { margin: 0 }</style>\n"
	if page.String() != want {
		t.Errorf("%q, want %q", page.String(), want)
	}
}
