package claysim

import "time"

// FaultKind is something that goes wrong.
type FaultKind string

// The faults of the transport: of documents and of calls of the API, whichever
// Route means. Each comment names the fields of Fault that it reads besides
// Route and Times.
const (
	// FaultLatency answers after Delay (real time), or when it is cleared.
	FaultLatency FaultKind = "latency"
	// FaultStatus answers with Status, and RetryAfter if that is set. Text is what it says, in place of the status's own words.
	FaultStatus FaultKind = "status"
	// FaultLostRequest closes the connection before anything is done.
	FaultLostRequest FaultKind = "lost-request"
	// FaultLostResponse does everything and closes the connection instead of answering.
	FaultLostResponse FaultKind = "lost-response"
	// FaultReset does everything and resets the connection in the middle of the
	// answer. Chromium shows what came of a document, and never says that it has loaded.
	FaultReset FaultKind = "reset"
)

// The faults of documents. Calls of the API go on as usual.
const (
	// FaultMaintenance answers with a maintenance page and status 503, and RetryAfter if that is set.
	FaultMaintenance FaultKind = "maintenance"
	// FaultNoContent answers with status 204 and nothing; a browser stays where it is.
	FaultNoContent FaultKind = "no-content"
	// FaultDownload answers with a file to keep; a browser stays where it is.
	FaultDownload FaultKind = "download"
	// FaultRedirectLoop sends the browser to the address that it asked for. Times
	// counts the redirects; a browser gives up after twenty in a row.
	FaultRedirectLoop FaultKind = "redirect-loop"
	// FaultSlowDocument sends the first half at once and the rest after Delay (real time), or when it is cleared.
	FaultSlowDocument FaultKind = "slow-document"
)

// The faults of the API's calls. Documents come as usual.
const (
	// FaultSessionExpired ends the session of the request.
	FaultSessionExpired FaultKind = "session-expired"
	// FaultUnauthorized answers as if the session had ended, which it has not: the
	// next call is answered. FaultStatus with 401 does the same with a body that
	// the pages do not know, so that they show an error instead of the log-in.
	FaultUnauthorized FaultKind = "unauthorized"
	// FaultNoAccess answers every call to a workspace with 403, from the first one on
	// that Route means: another admin has removed the account.
	FaultNoAccess FaultKind = "no-access"
	// FaultWorkspaceGone answers every call to a workspace with 404, from the first one
	// on that Route means: another admin has deleted it.
	FaultWorkspaceGone FaultKind = "workspace-gone"
	// FaultWrongType does everything and answers with status 200 and a page of HTML.
	FaultWrongType FaultKind = "wrong-type"
	// FaultTruncated does everything and answers with the first half of the JSON.
	FaultTruncated FaultKind = "truncated"
	// FaultPartialList lets users, permissions, groups, the members of a group, budgets
	// and limits hold only the first Keep. The counts on the page stay true unless Silent.
	FaultPartialList FaultKind = "partial-list"
	// FaultListedTwice lets the same lists hold the person with the address Email twice,
	// or the group or budget of that name; the first one if that is empty. The counts stay true.
	FaultListedTwice FaultKind = "listed-twice"
	// FaultRenamedFields renames the JSON fields of users and permissions.
	FaultRenamedFields FaultKind = "renamed-fields"
	// FaultMovedPaths answers users and permissions at other paths.
	FaultMovedPaths FaultKind = "moved-paths"
	// FaultDuplicates sends another e-mail to somebody who is invited or a
	// member already, instead of refusing.
	FaultDuplicates FaultKind = "duplicates"
	// FaultListLag lets reads tell the old list after a write: the next Reads
	// reads of each route, or for Delay on the server's clock.
	FaultListLag FaultKind = "list-lag"
)

// The faults of the log-in.
const (
	// FaultSecurityCheck puts a CAPTCHA-like page after the log-in of the account
	// Email, of every account if that is empty. It comes again at each log-in of an
	// account that met it, until a person passes it on the page or at the control
	// surface (see Server.ClearSecurityChecks); then this fault leaves the account
	// alone. Times counts accounts. With Route it comes in the middle of a session
	// instead, at a call that matches.
	FaultSecurityCheck FaultKind = "security-check"
	// FaultInsecureBrowser lets Google's pages refuse the browser after the user name.
	FaultInsecureBrowser FaultKind = "insecure-browser"
	// FaultClockSkew lets the clock of the identity providers be Delay ahead. Times counts codes.
	FaultClockSkew FaultKind = "clock-skew"
	// FaultOnboarding leads from the log-in into an onboarding flow with no exit.
	FaultOnboarding FaultKind = "onboarding"
)

// The faults of the pages. A document has those that are on when it loads, and
// keeps them after they are cleared. Label names what is clicked by what it shows;
// an empty one is every button, link, menu entry and choice.
const (
	// FaultRenamedLabel shows Text for Label. Times counts documents.
	FaultRenamedLabel FaultKind = "renamed-label"
	// FaultDoubledLabel shows everything that can be clicked and shows Label twice.
	FaultDoubledLabel FaultKind = "doubled-label"
	// FaultLocale shows the application in German. What the server says, and the
	// identity providers, stay English. Times counts documents.
	FaultLocale FaultKind = "locale"
	// FaultOverlay covers the page, after Delay: Text is "tour", "cookies" or
	// "survey". Times counts documents.
	FaultOverlay FaultKind = "overlay"
	// FaultSwallowedClick lets a click on Label do nothing.
	FaultSwallowedClick FaultKind = "swallowed-click"
	// FaultSlowClick lets a click on Label act only after Delay: a dialog opens slowly, for example.
	FaultSlowClick FaultKind = "slow-click"
	// FaultNativeDialog opens a dialog of the browser's own: Text is "alert" or
	// "confirm" at a click on Label, which does nothing unless confirmed, or
	// "beforeunload" when the document is left.
	FaultNativeDialog FaultKind = "native-dialog"
	// FaultDialogCloses closes a dialog Delay after it opened: Text is "invite", "group",
	// "add-members", "budget", "edit-budget", "limit" or "default-limit", or "remove" for
	// those that ask whether to remove or delete; empty is all of them.
	FaultDialogCloses FaultKind = "dialog-closes"
	// FaultRowsSwap lets the row that the pointer enters and one of its neighbours
	// swap their people: the elements stay where they are, as in a list that reuses them.
	// Text may be "menu" or "dialog": then it happens when the pointer enters an entry of
	// what the row opened, or the button that confirms.
	FaultRowsSwap FaultKind = "rows-swap"
	// FaultReload loads the document anew Delay after it was loaded, as applications do for a new build.
	FaultReload FaultKind = "reload"
)

// faultKinds are all of them, in the order above.
func faultKinds() []FaultKind {
	return []FaultKind{
		FaultLatency, FaultStatus, FaultLostRequest, FaultLostResponse, FaultReset,
		FaultMaintenance, FaultNoContent, FaultDownload, FaultRedirectLoop, FaultSlowDocument,
		FaultSessionExpired, FaultUnauthorized, FaultNoAccess, FaultWorkspaceGone, FaultWrongType, FaultTruncated,
		FaultPartialList, FaultListedTwice, FaultRenamedFields, FaultMovedPaths, FaultDuplicates, FaultListLag,
		FaultSecurityCheck, FaultInsecureBrowser, FaultClockSkew, FaultOnboarding,
		FaultRenamedLabel, FaultDoubledLabel, FaultLocale, FaultOverlay, FaultSwallowedClick, FaultSlowClick,
		FaultNativeDialog, FaultDialogCloses, FaultRowsSwap, FaultReload,
	}
}

// Fault is one thing that goes wrong until it is cleared.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Route limits the faults of the transport, of documents and of calls to
	// matching requests (FaultRenamedFields, FaultMovedPaths, FaultDuplicates and
	// FaultListLag know none): an optional method and a path, in which * stands for
	// one segment and a last ** for one or more, for example
	// "POST /v3/workspaces/*/invitations" or "/workspaces/**". Empty matches every
	// request but the assets'.
	Route string `json:"route,omitempty"`
	// Times is how often it happens; 0 is always, and so it is for
	// FaultRenamedFields and FaultMovedPaths whatever the number.
	Times int `json:"times,omitempty"`
	// Delay is read by the kinds that name it.
	Delay time.Duration `json:"delay,omitempty"`
	// Status of FaultStatus.
	Status int `json:"status,omitempty"`
	// RetryAfter of FaultStatus and FaultMaintenance, in whole seconds.
	RetryAfter time.Duration `json:"retryAfter,omitempty"`
	// Keep is how much of a list FaultPartialList leaves.
	Keep int `json:"keep,omitempty"`
	// Silent lets FaultPartialList shorten the counts as well.
	Silent bool `json:"silent,omitempty"`
	// Reads of FaultListLag.
	Reads int `json:"reads,omitempty"`
	// Email is the account of FaultSecurityCheck, and the person or name of FaultListedTwice.
	Email string `json:"email,omitempty"`
	// Label and Text are read by the kinds that name them.
	Label Label  `json:"label,omitempty"`
	Text  string `json:"text,omitempty"`
}
