package browser

import (
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/playwright-community/playwright-go"
)

// maxUnanswered is how many requests without an answer are remembered: a page that waits for more is slow for every reason.
const maxUnanswered = 256

// Request is a request of the page that has no answer yet, which may be for ever.
type Request struct {
	// Method is the HTTP method.
	Method string
	// Host and Path are the address, without query and fragment.
	Host, Path string
}

// IsRead says whether the request asks for something and changes nothing.
func (r Request) IsRead() bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	default:
		return false
	}
}

// unanswered follows what the documents of a session wait for, so that a page that waits in vain is not taken for one that lacks something.
type unanswered struct {
	mu   sync.Mutex
	open map[playwright.Request]Request
}

func newUnanswered() *unanswered { return &unanswered{open: map[playwright.Request]Request{}} }

// Unanswered returns the requests of the document that is loaded, for scripts and data, that have no answer yet. A stream that has begun is
// an answer. It may be called while a Do runs.
func (s *Session) Unanswered() []Request { return s.unanswered.list() }

func (u *unanswered) list() []Request {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := make([]Request, 0, len(u.open))
	for _, request := range u.open {
		all = append(all, request)
	}
	return all
}

// onRequest is the handler of the context's request event.
func (u *unanswered) onRequest(request playwright.Request) {
	defer ignorePanic()
	address, err := url.Parse(request.URL())
	if err != nil || !strings.HasPrefix(address.Scheme, "http") {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	switch request.ResourceType() {
	case "document":
		if frame := request.Frame(); frame == nil || frame.ParentFrame() == nil {
			clear(u.open) // nobody waits any more for what the document before asked for
		}
	case "script", "xhr", "fetch":
	default:
		return // a page shows without it
	}
	if len(u.open) < maxUnanswered {
		u.open[request] = Request{Method: request.Method(), Host: address.Host, Path: address.Path}
	}
}

// onResponse is the handler of the context's response event.
func (u *unanswered) onResponse(response playwright.Response) {
	defer ignorePanic()
	u.onEnd(response.Request())
}

// onEnd is the handler of the context's requestfinished and requestfailed events.
func (u *unanswered) onEnd(request playwright.Request) {
	defer ignorePanic()
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.open, request)
}
