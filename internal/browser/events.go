package browser

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/playwright-community/playwright-go"
)

// Dialog is a native dialog (alert, confirm, prompt) that a page opened.
type Dialog struct {
	// Type is alert, confirm, prompt or beforeunload.
	Type string
	// Message is what it said. It is page text: compare it, but do not log it.
	Message string
	// At is when it was seen.
	At time.Time
}

// events counts and notes what happens in one session besides its traffic.
type events struct {
	now       func() time.Time
	pageLoads atomic.Int64
	actions   atomic.Int64

	mu      sync.Mutex
	dialogs []Dialog
}

func newEvents(now func() time.Time) *events { return &events{now: now} }

// onRequest counts the documents of main frames, without the redirects on the way to them.
func (e *events) onRequest(request playwright.Request) {
	defer ignorePanic()
	if !request.IsNavigationRequest() || request.RedirectedFrom() != nil {
		return
	}
	// A page that is only being made has no frame yet; it is the main one.
	if frame := request.Frame(); frame == nil || frame.ParentFrame() == nil {
		e.pageLoads.Add(1)
	}
}

// beforeUnload is the dialog that asks whether to leave the page.
const beforeUnload = "beforeunload"

// onDialog answers no, so that nothing happens that was not asked for. Only the question whether to leave a page gets a yes: the
// operation navigates away on purpose.
func (e *events) onDialog(dialog playwright.Dialog) {
	defer ignorePanic()
	kind := dialog.Type()
	e.add(Dialog{Type: kind, Message: dialog.Message(), At: e.now()})
	go func() {
		_ = protect(func() error {
			if kind == beforeUnload {
				return dialog.Accept()
			}
			return dialog.Dismiss()
		})
	}()
}

func (e *events) add(dialog Dialog) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.dialogs) == maxDialogs {
		e.dialogs = e.dialogs[1:]
	}
	e.dialogs = append(e.dialogs, dialog)
}

func (e *events) takeDialogs() []Dialog {
	e.mu.Lock()
	defer e.mu.Unlock()
	dialogs := e.dialogs
	e.dialogs = nil
	return dialogs
}
