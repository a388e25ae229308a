package browser

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/playwright-community/playwright-go"
)

// Kind says what went wrong in the browser. The set is closed; a caller that maps it should treat an unknown value as
// KindOther.
type Kind string

const (
	// KindOther is every error that is not a known fault of the browser, among them the caller's own.
	KindOther Kind = "Other"
	// KindSessionLost means that the context, Chromium or the driver is gone. What was in flight may or may not have
	// happened. Release the session and acquire a new one.
	KindSessionLost Kind = "SessionLost"
	// KindPageLost means that the page's renderer crashed. What was in flight may or may not have happened. The next Do
	// gets a new page in the same context.
	KindPageLost Kind = "PageLost"
	// KindTimeout means that the time ran out, in a navigation or in the whole operation. The page may still show what
	// it showed before.
	KindTimeout Kind = "Timeout"
	// KindNotFound means that no element matched a locator in time: the page has another shape than expected.
	KindNotFound Kind = "NotFound"
	// KindNotActionable means that the element is there but could not be used in time: covered, disabled or moving.
	KindNotActionable Kind = "NotActionable"
	// KindNotUnique means that a locator matched several elements where exactly one was asked for.
	KindNotUnique Kind = "NotUnique"
	// KindNavigationRaced means that the page navigated away under a read, or drew the element anew. Nothing is wrong: repeat the
	// read.
	KindNavigationRaced Kind = "NavigationRaced"
	// KindUnreachable means that the network did not lead to the site; Error.Code has Chromium's code.
	KindUnreachable Kind = "Unreachable"
	// KindNotAPage means that the address answered with nothing to show (an empty answer or a download).
	KindNotAPage Kind = "NotAPage"
	// KindNotInstalled means that the driver, Node.js or Chromium is missing or has the wrong version.
	KindNotInstalled Kind = "NotInstalled"
	// KindSandbox means that Chromium cannot make its sandbox here.
	KindSandbox Kind = "Sandbox"
	// KindPanic means that the function given to Do panicked: a bug in the caller.
	KindPanic Kind = "Panic"
	// KindWedged means that not even killing the driver freed the call. The process has to exit; its parent starts a
	// new one.
	KindWedged Kind = "Wedged"
)

// sentences say of every kind what happened and what to do, without a word from the page.
var sentences = map[Kind]string{
	KindOther:           "the browser reported a fault that is not known",
	KindSessionLost:     "the browser session is gone",
	KindPageLost:        "the page crashed",
	KindTimeout:         "the time ran out",
	KindNotFound:        "no element matched in time",
	KindNotActionable:   "the element could not be used in time",
	KindNotUnique:       "more than one element matched",
	KindNavigationRaced: "the page changed during a read",
	KindUnreachable:     "the site cannot be reached",
	KindNotAPage:        "the address did not lead to a page",
	KindNotInstalled:    "the browser is not installed completely",
	KindSandbox:         "Chromium cannot make its sandbox here",
	KindPanic:           "the operation panicked",
	KindWedged:          "the browser does not let go even after it was killed; the process has to be restarted",
}

// Error is a fault of the browser. Its text is safe to log and to show: it names the operation, the kind, the network code and
// the locator that was waited for, and never what the page said. The Playwright error is reached by errors.Is and
// errors.As; its own text may hold page text and must not be shown.
type Error struct {
	// Op is the name of the operation, as given to Do or Wrap.
	Op string
	// Kind is what went wrong.
	Kind Kind
	// Code is Chromium's network code, such as net::ERR_NAME_NOT_RESOLVED, or empty.
	Code string
	// Locator is the locator that was waited for, as Playwright writes it, or empty.
	Locator string
	// Step is how far Do had to climb the ladder to get the call back, or StepNone.
	Step Step
	// Detail says more, where it is known not to come from a page: in a failed start, or of a panic.
	Detail string

	navigating bool // it was a navigation that timed out
	err        error
}

// Error implements error.
func (e *Error) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s", e.Op, sentences[e.Kind])
	if e.Code != "" {
		fmt.Fprintf(&text, " (%s)", e.Code)
	}
	if e.Locator != "" {
		fmt.Fprintf(&text, " (%s)", e.Locator)
	}
	if e.Detail != "" {
		fmt.Fprintf(&text, ": %s", e.Detail)
	}
	if e.Step != StepNone {
		fmt.Fprintf(&text, " (ended by: %s)", e.Step)
	}
	return text.String()
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.err }

// Wrap turns an error of a Playwright call into an *Error that is safe to show. It returns nil for nil, and an error that is
// already safe, because it holds an *Error or is no Playwright error at all, as it is.
func Wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, safe := errors.AsType[*Error](err); safe {
		return err
	}
	kind := classify(err)
	if kind == KindOther && !errors.Is(err, playwright.ErrPlaywright) {
		return err
	}
	return newError(op, kind, err)
}

// KindOf returns the kind of a fault, whether it was wrapped or comes straight from Playwright. It is KindOther for an
// error that is not the browser's, and empty for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if safe, ok := errors.AsType[*Error](err); ok {
		return safe.Kind
	}
	return classify(err)
}

// newError picks the parts of the Playwright error that are safe to show.
func newError(op string, kind Kind, err error) *Error {
	text := err.Error()
	e := &Error{Op: op, Kind: kind, navigating: strings.Contains(text, "navigating to "), err: err}
	if kind == KindUnreachable || kind == KindNotAPage {
		e.Code = networkCode.FindString(text)
	}
	if match := waitedFor.FindStringSubmatch(text); match != nil {
		e.Locator = shorten(match[1])
	} else if match := strictLocator.FindStringSubmatch(text); match != nil {
		e.Locator = shorten(match[1])
	}
	return e
}

var (
	// networkCode is how Chromium names a network fault.
	networkCode = regexp.MustCompile(`net::ERR_[A-Z0-9_]+`)
	// waitedFor is the line of the call log that names the locator. It is the caller's own text, not the page's.
	waitedFor = regexp.MustCompile(`waiting for ((?:getBy|locator\(|frameLocator\()[^\n]*)`)
	// strictLocator is the locator of a strict mode violation; what follows it is markup of the page.
	strictLocator = regexp.MustCompile(`strict mode violation: (.*?) resolved to \d+ elements`)
)

// maxLocatorLength is how much of a locator an error shows, in bytes: enough to know it, short enough for a condition.
const maxLocatorLength = 160

func shorten(locator string) string {
	locator = strings.TrimSuffix(strings.TrimSpace(locator), " to be visible")
	if len(locator) <= maxLocatorLength {
		return locator
	}
	return strings.ToValidUTF8(locator[:maxLocatorLength], "") + "…"
}

// markers map what Playwright, its driver and Chromium write to kinds. The order matters: the first match wins, so that a crash
// that ends a wait is a crash and not a timeout.
var markers = []struct {
	text string
	kind Kind
}{
	{"Page crashed", KindPageLost},
	{"Target crashed", KindPageLost},
	{"No usable sandbox!", KindSandbox},
	{"Running as root without --no-sandbox", KindSandbox},
	{"please install the driver", KindNotInstalled},
	{"Executable doesn't exist", KindNotInstalled},
	{"Failed to launch chromium because executable doesn't exist", KindNotInstalled},
	{"Execution context was destroyed", KindNavigationRaced},
	{"Cannot find context", KindNavigationRaced},
	{"interrupted by another navigation", KindNavigationRaced},
	{"No resource with given identifier found", KindNavigationRaced},
	{"not attached to the DOM", KindNavigationRaced},
	{"strict mode violation", KindNotUnique},
	{"net::ERR_ABORTED", KindNotAPage},
	{"Download is starting", KindNotAPage},
	{"net::ERR_", KindUnreachable},
	{"Target page, context or browser has been closed", KindSessionLost},
	{"Connection closed", KindSessionLost},
	{"transport closed", KindSessionLost},
	{"could not read protocol", KindSessionLost},
	{"could not send message", KindSessionLost},
	{"has been collected to prevent unbounded heap growth", KindSessionLost},
}

// classify looks at the text because playwright-go gives a type to two of these faults only.
func classify(err error) Kind {
	text := err.Error()
	// A timeout's call log may quote the page, so that only its own words are looked for.
	if errors.Is(err, playwright.ErrTimeout) {
		return classifyTimeout(text)
	}
	for _, marker := range markers {
		if strings.Contains(text, marker.text) {
			return marker.kind
		}
	}
	if errors.Is(err, playwright.ErrTargetClosed) {
		return KindSessionLost
	}
	return KindOther
}

// classifyTimeout tells an element that never came from one that could not be used, and both from a navigation.
func classifyTimeout(text string) Kind {
	switch {
	case !waitedFor.MatchString(text):
		return KindTimeout
	case strings.Contains(text, "locator resolved to"):
		return KindNotActionable
	default:
		return KindNotFound
	}
}
