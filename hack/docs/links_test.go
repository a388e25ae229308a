package docs

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

var (
	// link is the target of a link or a picture.
	link = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	// code is what looks like a link inside of code and is none.
	code = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	// fence is a block of code, whose lines that begin with # are no headings.
	fence = regexp.MustCompile("(?s)```.*?```")
	// linked is a link in a heading.
	linked = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	// heading is a line that can be linked to.
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
	// anchor is a place that a page names itself.
	anchor = regexp.MustCompile(`<a (?:id|name)="([^"]+)">`)
	// unspoken is what the address of a heading lacks.
	unspoken = regexp.MustCompile(`[^\p{L}\p{N}\-_ ]`)
)

// TestLinksLeadSomewhere follows every link between the pages, to the heading that it names.
func TestLinksLeadSomewhere(t *testing.T) {
	pages := readPages(t)
	followed := 0
	for page, text := range pages {
		for _, found := range link.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
			target, err := url.Parse(found[1])
			if err != nil {
				t.Errorf("%s: %q is no link: %v", page, found[1], err)
				continue
			}
			if target.Scheme != "" {
				continue // somebody else's page may go whenever it likes
			}
			followed++
			if complaint := follow(pages, page, target); complaint != "" {
				t.Errorf("%s: the link to %s leads nowhere: %s", page, found[1], complaint)
			}
		}
	}
	if followed == 0 {
		t.Error("no link was found")
	}
}

// follow says what is missing at the end of a link, or nothing.
func follow(pages map[string]string, page string, target *url.URL) string {
	path := page
	if target.Path != "" {
		path = filepath.Join(filepath.Dir(page), filepath.FromSlash(target.Path))
	}
	if _, err := os.Stat(path); err != nil {
		return "there is no such file"
	}
	if target.Fragment == "" {
		return ""
	}
	text, isPage := pages[path]
	switch {
	case !isPage:
		return "what it leads to has no headings"
	case !anchorsOf(text)[target.Fragment]:
		return "the page has no such heading"
	default:
		return ""
	}
}

// anchorsOf returns the places of a page that can be linked to, as GitHub names them.
func anchorsOf(text string) map[string]bool {
	anchors := map[string]bool{}
	for _, found := range anchor.FindAllStringSubmatch(text, -1) {
		anchors[found[1]] = true
	}
	for _, found := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		words := linked.ReplaceAllString(found[1], "$1")
		words = unspoken.ReplaceAllString(strings.ToLower(words), "")
		anchors[strings.ReplaceAll(words, " ", "-")] = true
	}
	return anchors
}

// readPages reads every page of the repository by its path.
func readPages(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "bin"):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		content, err := os.ReadFile(path)
		pages[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}
