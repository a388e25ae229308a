package browser

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/playwright-community/playwright-go"
)

const (
	// viewportWidth and viewportHeight are those of a common laptop: wide enough for the full layout of a web app.
	viewportWidth  = 1440
	viewportHeight = 900
	// locale and timezone are fixed, so that labels and dates read the same on every machine.
	locale   = "en-US"
	timezone = "UTC"
)

// contextOptions are those of every context. Service workers are blocked because they hide requests from a Watch.
func contextOptions() playwright.BrowserNewContextOptions {
	return playwright.BrowserNewContextOptions{
		AcceptDownloads: new(false),
		Locale:          new(locale),
		TimezoneId:      new(timezone),
		ServiceWorkers:  playwright.ServiceWorkerPolicyBlock,
		Viewport:        &playwright.Size{Width: viewportWidth, Height: viewportHeight},
	}
}

// errStorageState does not wrap the decoder's error, which may quote the state.
var errStorageState = errors.New("the storage state is not the JSON that StorageState returned")

// newSession makes a context and its page.
func (b *Browser) newSession(ctx context.Context, e *engine, place *slot, options SessionOptions) (*Session, error) {
	settings := contextOptions()
	if len(options.StorageState) > 0 {
		var state playwright.StorageState
		if err := json.Unmarshal(options.StorageState, &state); err != nil {
			return nil, errStorageState
		}
		settings.StorageState = state.ToOptionalStorageState()
	}
	s := &Session{
		browser:   b,
		engine:    e,
		place:     place,
		createdAt: b.now(),
		traffic:   newTraffic(b.now),
		writes:    newWrites(),
		events:    newEvents(b.now),
		running:   newSemaphore(),
		fresh:     true,

		unanswered: newUnanswered(),
	}
	err := e.do(ctx, "open context", func(ctx context.Context) error {
		var err error
		if s.context, err = e.chromium.NewContext(settings); err != nil {
			return err
		}
		s.listen()
		_, err = s.currentPage(ctx)
		return err
	})
	e.addContext()
	if err != nil {
		e.checkPulse()
		return nil, err
	}
	return s, nil
}

// listen attaches the handlers. They run on Playwright's dispatch goroutine: no waiting, no panic.
func (s *Session) listen() {
	s.context.OnResponse(s.traffic.onResponse)
	s.context.OnRequestFailed(s.traffic.onRequestFailed)
	s.context.OnRequest(s.events.onRequest)
	s.context.OnRequest(s.writes.onRequest)
	s.context.OnResponse(s.writes.onResponse)
	s.context.OnRequestFinished(s.writes.onEnd)
	s.context.OnRequestFailed(s.writes.onEnd)
	s.context.OnRequest(s.unanswered.onRequest)
	s.context.OnResponse(s.unanswered.onResponse)
	s.context.OnRequestFinished(s.unanswered.onEnd)
	s.context.OnRequestFailed(s.unanswered.onEnd)
	s.context.OnDialog(s.events.onDialog)
	s.context.OnClose(func(playwright.BrowserContext) {
		defer ignorePanic()
		s.lose()
	})
}
