package browser

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/playwright-community/playwright-go"
)

// A document that waits for an answer is told from one that has all it asked for; what another document waited for is forgotten.
func TestUnanswered(t *testing.T) {
	let := make(chan struct{})
	address := site(t, map[string]http.HandlerFunc{
		"/waits": markup(`<script>fetch('/data?token=secret').then(() => { document.title = 'whole' })</script>`),
		"/whole": markup(""),
		"/data": func(_ http.ResponseWriter, in *http.Request) {
			select {
			case <-let:
			case <-in.Context().Done():
			}
		},
	})
	s := acquire(t, shared, t.Name())
	paths := func() []string {
		var all []string
		for _, request := range s.Unanswered() {
			all = append(all, request.Method+" "+request.Path)
		}
		return all
	}
	err := s.Do(t.Context(), "wait", func(_ context.Context, page playwright.Page) error {
		_, err := page.ExpectRequest(address+"/data?token=secret", func() error {
			_, err := page.Goto(address + "/waits")
			return err
		})
		if err != nil {
			return err
		}
		if diff := cmp.Diff([]string{"GET /data"}, paths()); diff != "" {
			t.Errorf("a document that waits (-want +got):\n%s", diff)
		}
		if _, err := page.Goto(address + "/whole"); err != nil {
			return err
		}
		if got := paths(); len(got) > 0 {
			t.Errorf("a document that has all waits for %v", got)
		}
		close(let)
		if _, err := page.Goto(address + "/waits"); err != nil {
			return err
		}
		if _, err := page.WaitForFunction("document.title === 'whole'", nil); err != nil {
			return err
		}
		if got := paths(); len(got) > 0 {
			t.Errorf("what was answered is waited for: %v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
