package clayweb

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// faultOf says what an error means for the manager. No text of a page reaches it: the errors of this package and of
// internal/browser hold none.
func faultOf(err error) *sidecar.Fault {
	var fault *sidecar.Fault
	if err == nil || errors.As(err, &fault) {
		return fault
	}
	if broken, ok := errors.AsType[*contractError](err); ok {
		return pageChanged("%v", broken)
	}
	if missing, ok := errors.AsType[*notFoundError](err); ok {
		return pageChanged("%v", missing)
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonTimeout, "the time for the work in Clay ran out; it is tried again")
	}
	switch browser.KindOf(err) {
	case browser.KindNotFound, browser.KindNotUnique, browser.KindNotActionable:
		return pageChanged("%v", browser.Wrap("find an element", err))
	case browser.KindNotAPage:
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayError,
			"Clay answered with nothing or with a file in place of a page; it is tried again")
	case browser.KindTimeout, browser.KindNavigationRaced:
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonTimeout, "%v; it is tried again", browser.Wrap("work in Clay", err))
	case browser.KindUnreachable:
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayUnreachable,
			"%v; check the network and the workspace's address", browser.Wrap("reach Clay", err))
	default: // the browser itself, or a kind that is newer than this switch
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonBrowserUnavailable, "%v", browser.Wrap("work in Clay", err))
	}
}

// pageChanged is a page that this version does not know.
func pageChanged(format string, arguments ...any) *sidecar.Fault {
	fault := sidecar.Faultf(sidecar.Drift, sidecar.ReasonPageChanged, format, arguments...)
	fault.Message += "; nothing more is written until this version of the page is known"
	return fault
}

// statusFault says what an HTTP status means, or nil for one that is no fault of Clay's side.
func statusFault(status int, after time.Duration) *sidecar.Fault {
	switch {
	case status == http.StatusTooManyRequests:
		fault := sidecar.Faultf(sidecar.RateLimited, sidecar.ReasonRateLimited, "Clay asks for a pause")
		fault.After = after
		return fault
	case status == http.StatusServiceUnavailable && after > 0:
		fault := sidecar.Faultf(sidecar.RateLimited, sidecar.ReasonRateLimited, "Clay is not available and asks for a pause")
		fault.After = after
		return fault
	case status >= http.StatusInternalServerError:
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayError, "Clay answered with status %d; it is tried again", status)
	}
	return nil
}

// errSignedOut says that Clay does not know the session any more.
var errSignedOut = sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonSessionExpired,
	"Clay signed the account out again after a log-in; check whether somebody else uses it")

// fault is the fault of an error, with a picture of the page where a person has to look at it.
func (v *visit) fault(ctx context.Context, err error) error {
	fault := *faultOf(err)
	if browser.KindOf(err) == browser.KindPageLost {
		// The page that replaces a crashed one lacks what this package had prepared.
		v.session.Retire(browser.ReasonAmbiguousWrite)
	}
	v.log.Warn("work in Clay ended", "class", fault.Class, "reason", fault.Reason, "fault", fault.Message)
	if fault.Reason == sidecar.ReasonLoginBudget {
		return &fault // it is asked for as a rule, and the page is the log-in page
	}
	switch fault.Class {
	case sidecar.Drift, sidecar.HumanNeeded, sidecar.AuthFailed:
		if fault.Evidence == nil {
			fault.Evidence = v.evidence(ctx)
		}
		if fault.Class == sidecar.Drift || len(missingIn(err)) > 0 {
			if fault.Evidence == nil {
				fault.Evidence = &sidecar.Evidence{}
			}
			fault.Evidence.Report = v.report(ctx, err)
		}
	default: // the page has nothing to show a person about the others
	}
	return &fault
}
