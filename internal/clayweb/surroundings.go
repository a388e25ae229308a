package clayweb

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/playwright-community/playwright-go"
)

// surroundings are what a session has beside its page: windows that pages opened, frames of security checks, and what the clocks of the
// servers show. They are kept by handlers, because asking Playwright for its lists races with their changes.
type surroundings struct {
	now func() time.Time

	mu     sync.Mutex
	popups []playwright.Page
	checks []playwright.Frame
	// skews are how far the clocks of hosts are ahead of this machine's.
	skews map[string]time.Duration
}

func newSurroundings(now func() time.Time) *surroundings {
	return &surroundings{now: now, skews: map[string]time.Duration{}}
}

// follow attaches the handlers to the context of a page. They run where a wait stops the world and a panic ends the process.
func (s *surroundings) follow(page playwright.Page) {
	own := page.Context()
	own.OnPage(func(opened playwright.Page) {
		defer ignorePanic()
		if opener, err := opened.Opener(); err == nil && opener != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.popups = append(s.popups, opened)
		}
	})
	own.OnPageClose(func(closed playwright.Page) {
		defer ignorePanic()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.popups = slices.DeleteFunc(s.popups, func(known playwright.Page) bool { return known == closed })
	})
	own.OnFrameNavigated(s.onFrameNavigated)
	own.OnFrameDetached(func(gone playwright.Frame) {
		defer ignorePanic()
		s.forget(gone)
	})
	own.OnResponse(s.onResponse)
}

// securityCheckAddress is what the frames of the known makers of CAPTCHAs have in their addresses.
var securityCheckAddress = regexp.MustCompile(`(?i)captcha|turnstile|challenges\.cloudflare|arkoselabs|funcaptcha|datadome|perimeterx`)

// silentCheckAddress is of those that ask nobody anything: they judge how a page is used, and show a badge at most.
var silentCheckAddress = regexp.MustCompile(`(?i)[?&#](size|frame)=(checkbox-)?invisible`)

// onFrameNavigated is the handler of the context's framenavigated event.
func (s *surroundings) onFrameNavigated(frame playwright.Frame) {
	defer ignorePanic()
	if frame.ParentFrame() == nil {
		return
	}
	s.forget(frame)
	if address := frame.URL(); securityCheckAddress.MatchString(address) && !silentCheckAddress.MatchString(address) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.checks = append(s.checks, frame)
	}
}

func (s *surroundings) forget(frame playwright.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checks = slices.DeleteFunc(s.checks, func(known playwright.Frame) bool { return known == frame })
}

// maxSkew is the most that a clock is believed to be wrong by. What is dated further away comes from a store, not from a clock.
const maxSkew = 10 * time.Minute

// onResponse is the handler of the context's response event. It reads the clocks of those who send documents.
func (s *surroundings) onResponse(response playwright.Response) {
	defer ignorePanic()
	if !response.Request().IsNavigationRequest() {
		return
	}
	address, err := url.Parse(response.URL())
	if err != nil {
		return
	}
	sent, err := http.ParseTime(response.Headers()["date"])
	if err != nil {
		return
	}
	if skew := sent.Sub(s.now()); skew.Abs() <= maxSkew {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.skews[address.Host] = skew
	}
}

// exactSkew is how exactly a skew is known, because headers hold whole seconds and take their time. Less counts as none.
const exactSkew = 3 * time.Second

// skew is how far the clock of a host is ahead of this machine's, where it is so far that it matters.
func (s *surroundings) skew(host string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if skew := s.skews[host]; skew.Abs() > exactSkew {
		return skew
	}
	return 0
}

// windows returns the windows that are open beside the page, the newest first.
func (s *surroundings) windows() []playwright.Page {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := slices.Clone(s.popups)
	slices.Reverse(open)
	return open
}

// closeWindows closes what a page opened. One that does not close by itself goes with its context.
func (s *surroundings) closeWindows() {
	for _, window := range s.windows() {
		_ = window.Close()
	}
}

// minCheckArea is the least that a person could click, in square pixels. Frames below are placeholders.
const minCheckArea = 256

// checked says whether a frame of a security check can be seen on any page of the session.
func (s *surroundings) checked() bool {
	s.mu.Lock()
	frames := slices.Clone(s.checks)
	s.mu.Unlock()
	return slices.ContainsFunc(frames, visible)
}

// visible says whether a frame takes room on its page. An error is a frame that went meanwhile.
func visible(frame playwright.Frame) bool {
	element, err := frame.FrameElement()
	if err != nil {
		return false
	}
	defer func() { _ = element.Dispose() }()
	if shown, err := element.Evaluate("(frame) => frame.checkVisibility({visibilityProperty: true})"); err != nil || shown != true {
		return false
	}
	box, err := element.BoundingBox()
	if err != nil || box == nil {
		return false
	}
	// What stands above or left of the page cannot be scrolled to: it is parked there.
	width, height := min(box.Width, box.X+box.Width), min(box.Height, box.Y+box.Height)
	return width > 0 && height > 0 && width*height >= minCheckArea
}

// ignorePanic keeps a panic in a handler from ending the process. There is nobody to tell: the event is lost.
func ignorePanic() { _ = recover() }
