package notify

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheDocumentedPayloadsAreWhatIsSent compares the examples in the documentation with what the sample makes.
func TestTheDocumentedPayloadsAreWhatIsSent(t *testing.T) {
	documented := snippets(t, "json")
	if len(documented) != 2 {
		t.Fatalf("%d examples in the documentation, want one for each format", len(documented))
	}
	for place, render := range []func(Notice) ([]byte, error){slackBody, cloudEventBody} {
		body, err := render(sampleNotice())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(decoded(t, documented[place]), decoded(t, string(body))); diff != "" {
			t.Errorf("payload %d (-documented +sent):\n%s", place, diff)
		}
	}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestTheDocumentedFunctionIsTheTestedOne keeps the snippet in the documentation from being another one than verify.
func TestTheDocumentedFunctionIsTheTestedOne(t *testing.T) {
	source, err := os.ReadFile("verify_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, function, found := strings.Cut(string(source), "// verify returns")
	if documented := snippets(t, "go"); !found || len(documented) != 1 || documented[0] != "// verify returns"+function {
		t.Errorf("docs/notifications.md shows %q, tested is %q", documented, function)
	}
}

// snippets returns the blocks of a language in the documentation.
func snippets(t *testing.T, language string) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/notifications.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, rest := range strings.Split(string(page), "```"+language+"\n")[1:] {
		block, _, found := strings.Cut(rest, "```")
		if !found {
			t.Fatal("a block has no end")
		}
		blocks = append(blocks, block)
	}
	return blocks
}
