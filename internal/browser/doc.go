// Package browser owns the life of Playwright: the driver (a Node.js process), Chromium, the isolated browsing contexts
// in it, and the ways out when one of them stops answering.
//
// playwright-go knows no context.Context and some of its calls never return when the driver or Chromium freezes.
// Therefore every call to it runs under Session.Do: in a goroutine of its own, with a deadline, and with a ladder of ever harder
// steps (close the page, close the context, stop the driver, kill both processes) for the case that the deadline passes.
// The room is crash-only: what is broken is thrown away, and the next Acquire starts a new one.
//
// The room knows nothing of Clay: no address, no label, no account. It may not log, or put into an error, anything that a
// page shows; what has to be kept of a page as evidence goes through a Redactor. It keeps nothing on disk but the temporary
// profile of Chromium, which it removes.
package browser
