package e2e

import (
	"slices"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// The requests of the simulator that a fault can strike.
const (
	allDocuments = "/workspaces/**"
	listPeople   = "GET /v3/workspaces/*/permissions"
	listUsers    = "GET /v3/workspaces/*/users"
	sendPassword = "POST /v3/auth/password"
	sendEmail    = "POST /v3/auth/start"
	invite       = "POST /v3/workspaces/*/invitations"
	changeRole   = "PATCH /v3/workspaces/*/users/*"
	removeSeat   = "DELETE /v3/workspaces/*/users/*"
)

const (
	// shortPause is a Retry-After that a test can wait for.
	shortPause = 2 * time.Second
	// tooLong is longer than any step of the operator waits.
	tooLong = 10 * time.Minute
	// listRequests are the requests of one reading of the list.
	listRequests = 2
	// slow is what a person notices and a step of the operator bears.
	slow = 2 * time.Second
)

// chaosRows are all rows. Those that take longest come first, so that none of them runs alone at the end.
func chaosRows() []row {
	return slices.Concat(slowRows(), loginRows(), loginPageRows(), providerRows(), mailRows(), readRows(), writeRows(), readBackRows(), checkRows(), goneRows(),
		pageRows(), peopleRows(), processRows())
}

func status(route string, code int, after time.Duration, times int) claysim.Fault {
	return claysim.Fault{Kind: claysim.FaultStatus, Route: route, Status: code, RetryAfter: after, Times: times}
}

func on(kind claysim.FaultKind, route string, times int) claysim.Fault {
	return claysim.Fault{Kind: kind, Route: route, Times: times}
}

func one(fault claysim.Fault) []claysim.Fault { return []claysim.Fault{fault} }

// slowRows wait for something that cannot be hurried.
func slowRows() []row {
	return []row{
		{fault: "429 without Retry-After", step: atRead, faults: one(status(allDocuments, 429, 0, 1)), shows: "RateLimited"},
		{fault: "no answer within the time of a step", step: atRead, shows: "Timeout",
			faults: one(claysim.Fault{Kind: claysim.FaultLatency, Route: allDocuments, Delay: tooLong})},
		{fault: "the invitation's request is lost", step: duringClick, faults: one(on(claysim.FaultLostRequest, invite, 1)), shows: "OutcomeUnknown", most: 2},
		{fault: "500 at the invitation", step: duringClick, faults: one(status(invite, 500, 0, 1)), shows: "OutcomeUnknown", most: 2},
		{fault: "the invitation gets no answer within the time of a step", step: duringClick, shows: "OutcomeUnknown", most: 2,
			faults: one(claysim.Fault{Kind: claysim.FaultLatency, Route: invite, Delay: tooLong, Times: 1})},
		{fault: "no answer within the time of a step", step: atReadBack, shows: "Timeout", most: allChanges,
			faults: one(claysim.Fault{Kind: claysim.FaultLatency, Route: allDocuments, Delay: tooLong})},
		{fault: "the log-in does not answer", step: atLogin, shows: "Timeout",
			faults: one(claysim.Fault{Kind: claysim.FaultLatency, Route: sendEmail, Delay: tooLong})},
	}
}

func loginRows() []row {
	security := func(s *scene) { s.simulator.ClearSecurityChecks() }
	return []row{
		{fault: "500", step: atLogin, faults: one(status(sendEmail, 500, 0, 0)), shows: "ClayError"},
		{fault: "503 with Retry-After", step: atLogin, faults: one(status(sendEmail, 503, shortPause, 1)), shows: "RateLimited"},
		{fault: "429 at the password", step: atLogin, faults: one(status(sendPassword, 429, shortPause, 1)), shows: "RateLimited"},
		{fault: "the password's request is lost", step: atLogin, faults: one(on(claysim.FaultLostRequest, sendPassword, 1)), shows: "ClayUnreachable"},
		{fault: "a security check", step: atLogin, faults: one(on(claysim.FaultSecurityCheck, "", 0)), shows: "SecurityCheck", person: true, undo: security},
		{fault: "the onboarding", step: atLogin, faults: one(on(claysim.FaultOnboarding, "", 1))},
		// The password changes in Clay and not in the Secret, so that a pass that is under way meets the fault too.
		{fault: "a password that is not right any more", step: atLogin, shows: "WrongPassword", person: true,
			inject: func(s *scene) { s.simulator.AddAccount(s.newAccount()) },
			undo:   func(s *scene) { s.setPassword(s.newAccount().Password) }},
	}
}

func readRows() []row {
	read := func(fault, shows string, person bool, faults ...claysim.Fault) row {
		return row{fault: fault, step: atRead, shows: shows, person: person, faults: faults}
	}
	return append([]row{
		read("500", "ClayError", false, status(allDocuments, 500, 0, 0)),
		read("503 with Retry-After", "RateLimited", false, status(allDocuments, 503, shortPause, 1)),
		read("429 with Retry-After", "RateLimited", false, status(allDocuments, 429, shortPause, 1)),
		read("500 once", "", false, status(allDocuments, 500, 0, 1)),
		read("500 to the list's request", "ClayError", false, status(listPeople, 500, 0, 0)),
		read("the request is lost", "ClayUnreachable", false, on(claysim.FaultLostRequest, allDocuments, 0)),
		read("the connection is reset", "Timeout", false, on(claysim.FaultReset, allDocuments, 0)),
		read("a redirect loop", "ClayUnreachable", false, on(claysim.FaultRedirectLoop, allDocuments, 0)),
		read("a maintenance page", "ClayError", false, on(claysim.FaultMaintenance, allDocuments, 0)),
		read("a slow document", "", false, claysim.Fault{Kind: claysim.FaultSlowDocument, Route: allDocuments, Delay: slow}),
		read("the session expires", "", false, on(claysim.FaultSessionExpired, listPeople, 1)),
		read("401 once", "", false, on(claysim.FaultUnauthorized, listPeople, 1)),
		read("the account was removed (403)", "WrongWorkspace", true, on(claysim.FaultNoAccess, "", 0)),
		read("HTML instead of JSON", "ClayError", false, on(claysim.FaultWrongType, listPeople, 0)),
		read("a part of the list, the count is honest", "IncompleteList", false, claysim.Fault{Kind: claysim.FaultPartialList, Keep: 3}),
		// The joiner was never there, and is invited; the leaver's ClayUser stays, and nobody who was there is invited.
		{fault: "a part of the list, the count agrees", step: atRead, shows: "AbsenceUnconfirmed", most: 1,
			faults: one(claysim.Fault{Kind: claysim.FaultPartialList, Keep: 2, Silent: true})},
		read("a part of the list once, the count agrees", "", false,
			claysim.Fault{Kind: claysim.FaultPartialList, Keep: 2, Silent: true, Times: listRequests}),
		read("the leaver is listed twice", "IncompleteList", false, claysim.Fault{Kind: claysim.FaultListedTwice, Email: leaverName + "@example.com"}),
		{fault: "renamed fields", step: atRead, faults: one(on(claysim.FaultRenamedFields, "", 0)), unfelt: true},
		{fault: "moved paths", step: atRead, faults: one(on(claysim.FaultMovedPaths, "", 0)), unfelt: true},
		{fault: "the Secret is deleted", step: atReadBack, shows: clayv1alpha1.ReasonSecretNotFound, most: allChanges,
			inject: func(s *scene) { s.deleteSecret() }, undo: func(s *scene) { create(s.t, s.login(s.account())) }},
	}, forTheTable([]row{
		read("502", "ClayError", false, status(allDocuments, 502, 0, 0)),
		read("503 without Retry-After", "ClayError", false, status(allDocuments, 503, 0, 0)),
		read("the list's request is lost", "ClayUnreachable", false, on(claysim.FaultLostRequest, listPeople, 0)),
		read("204", "ClayError", false, on(claysim.FaultNoContent, allDocuments, 0)),
		read("a download", "ClayError", false, on(claysim.FaultDownload, allDocuments, 0)),
		read("the workspace is gone (404)", "WrongWorkspace", true, on(claysim.FaultWorkspaceGone, "", 0)),
		read("JSON that breaks off", "ClayError", false, on(claysim.FaultTruncated, listPeople, 0)),
	})...)
}

func writeRows() []row {
	return []row{
		{fault: "the removal gets no answer within the time of a step", step: duringClick,
			faults: one(claysim.Fault{Kind: claysim.FaultLatency, Route: removeSeat, Delay: tooLong, Times: 1})},
		{fault: "the removal's answer is slow", step: duringClick, faults: one(claysim.Fault{Kind: claysim.FaultLatency, Route: removeSeat, Delay: slow})},
		{fault: "the invitation's answer is slow", step: duringClick, faults: one(claysim.Fault{Kind: claysim.FaultLatency, Route: invite, Delay: slow})},
		{fault: "the account was removed (403)", step: duringClick, faults: one(on(claysim.FaultNoAccess, removeSeat, 0)), shows: "WrongWorkspace",
			person: true},
		{fault: "the workspace is gone (404)", step: duringClick, faults: one(on(claysim.FaultWorkspaceGone, removeSeat, 0)), shows: "WrongWorkspace",
			person: true},
		{fault: "401 once at the removal", step: duringClick, faults: one(on(claysim.FaultUnauthorized, removeSeat, 1))},
		{fault: "401 once at the invitation", step: duringClick, faults: one(on(claysim.FaultUnauthorized, invite, 1))},
		{fault: "the removal's request is lost", step: duringClick, faults: one(on(claysim.FaultLostRequest, removeSeat, 1))},
		{fault: "the role's request is lost", step: duringClick, faults: one(on(claysim.FaultLostRequest, changeRole, 1))},
		{fault: "502 at the removal", step: duringClick, faults: one(status(removeSeat, 502, 0, 1))},
		{fault: "429 at the invitation", step: duringClick, faults: one(status(invite, 429, shortPause, 1)), shows: "RateLimited", most: 2},
		{fault: "429 at the removal", step: duringClick, faults: one(status(removeSeat, 429, shortPause, 1)), shows: "RateLimited", most: 0},
		{fault: "the session expires at the removal", step: duringClick, faults: one(on(claysim.FaultSessionExpired, removeSeat, 1))},
		{fault: "the session expires at the invitation", step: duringClick, faults: one(on(claysim.FaultSessionExpired, invite, 1))},
		{fault: "401 once at the role", step: duringClick, faults: one(on(claysim.FaultUnauthorized, changeRole, 1))},
		{fault: "409 at the removal", step: duringClick, faults: one(status(removeSeat, 409, 0, 0)), shows: "Refused", most: 2},
		{fault: "the invitation's answer is lost", step: afterClick, faults: one(on(claysim.FaultLostResponse, invite, 1))},
		{fault: "the removal's answer is lost", step: afterClick, faults: one(on(claysim.FaultLostResponse, removeSeat, 1))},
		{fault: "the role's answer is lost", step: afterClick, faults: one(on(claysim.FaultLostResponse, changeRole, 1))},
		{fault: "the invitation's answer is reset", step: afterClick, faults: one(on(claysim.FaultReset, invite, 1))},
		{fault: "HTML answers the invitation", step: afterClick, faults: one(on(claysim.FaultWrongType, invite, 1))},
		{fault: "JSON that breaks off answers the removal", step: afterClick, faults: one(on(claysim.FaultTruncated, removeSeat, 1))},
	}
}

// readBackRows are faults of the reading that proves the changes. They begin once Clay has made the first one.
func readBackRows() []row {
	document := func(fault, shows string, kind claysim.FaultKind) row {
		return row{fault: fault, step: atReadBack, shows: shows, most: allChanges, faults: one(on(kind, allDocuments, 0))}
	}
	return append([]row{
		{fault: "a slow document", step: atReadBack,
			faults: one(claysim.Fault{Kind: claysim.FaultSlowDocument, Route: allDocuments, Delay: slow})},
		{fault: "503 with Retry-After", step: atReadBack, faults: one(status(allDocuments, 503, shortPause, 1)), shows: "RateLimited", most: allChanges},
		{fault: "401 once", step: atReadBack, faults: one(on(claysim.FaultUnauthorized, listPeople, 1))},
		{fault: "the account was removed (403)", step: atReadBack, faults: one(on(claysim.FaultNoAccess, "", 0)), shows: "WrongWorkspace", person: true,
			most: allChanges},
		{fault: "500", step: atReadBack, faults: one(status(allDocuments, 500, 0, 2)), shows: "ClayError", most: allChanges},
		{fault: "the session expires", step: atReadBack, faults: one(on(claysim.FaultSessionExpired, listPeople, 1))},
		{fault: "a part of the list", step: atReadBack, faults: one(claysim.Fault{Kind: claysim.FaultPartialList, Keep: 3, Times: 4})},
		{fault: "the list lags by two reads", step: atReadBack, faults: one(claysim.Fault{Kind: claysim.FaultListLag, Reads: 2})},
		{fault: "the list lags by eight reads", step: atReadBack, faults: one(claysim.Fault{Kind: claysim.FaultListLag, Reads: 8})},
	}, forTheTable([]row{
		document("204", "ClayError", claysim.FaultNoContent),
		document("a download", "ClayError", claysim.FaultDownload),
		document("a redirect loop", "ClayUnreachable", claysim.FaultRedirectLoop),
		document("the connection is reset", "Timeout", claysim.FaultReset),
		{fault: "the list's request is lost", step: atReadBack, faults: one(on(claysim.FaultLostRequest, listPeople, 0)), shows: "ClayUnreachable",
			most: allChanges},
		{fault: "the leaver's neighbour is listed twice", step: atReadBack, shows: "IncompleteList", most: allChanges,
			faults: one(claysim.Fault{Kind: claysim.FaultListedTwice, Email: strangerName + "@example.com"})},
		{fault: "429 with Retry-After", step: atReadBack, faults: one(status(allDocuments, 429, shortPause, 1)), shows: "RateLimited", most: allChanges},
		{fault: "HTML instead of JSON", step: atReadBack, faults: one(on(claysim.FaultWrongType, listPeople, 0)), shows: "ClayError", most: allChanges},
		{fault: "JSON that breaks off", step: atReadBack, faults: one(on(claysim.FaultTruncated, listPeople, 0)), shows: "ClayError", most: allChanges},
		{fault: "the workspace is gone (404)", step: atReadBack, faults: one(on(claysim.FaultWorkspaceGone, "", 0)), shows: "WrongWorkspace", person: true,
			most: allChanges},
		{fault: "the request is lost", step: atReadBack, faults: one(on(claysim.FaultLostRequest, allDocuments, 2)), shows: "ClayUnreachable", most: allChanges},
		{fault: "a maintenance page", step: atReadBack, faults: one(on(claysim.FaultMaintenance, allDocuments, 2)), shows: "ClayError", most: allChanges},
	})...)
}

// checkRows are security checks in the middle of a session.
func checkRows() []row {
	check := func(at step, route string, most int) row {
		return row{fault: "a security check in the middle of a session", step: at, shows: "SecurityCheck", person: true, most: most,
			faults: one(on(claysim.FaultSecurityCheck, route, 0)), undo: func(s *scene) { s.simulator.ClearSecurityChecks() }}
	}
	invitation := check(duringClick, invite, 2)
	invitation.fault += ", at the invitation"
	return []row{check(atRead, listPeople, 0), check(duringClick, removeSeat, 0), invitation, check(atReadBack, listPeople, allChanges)}
}

// goneRows are about a Clay to which nobody can connect.
func goneRows() []row {
	leave := func(s *scene) {
		if err := s.simulator.Leave(); err != nil {
			s.t.Fatal(err)
		}
	}
	gone := func(at step, most int) row {
		return row{fault: "connections are refused", step: at, shows: "ClayUnreachable", most: most, inject: leave, undo: func(s *scene) {
			if err := s.simulator.Return(); err != nil {
				s.t.Fatal(err)
			}
		}}
	}
	click := gone(beforeClick, 0)
	click.inject = func(s *scene) { s.held = s.simulator.Inject(holds[beforeClick]) }
	click.amid = func(s *scene) { s.inTheMiddle(leave) }
	return []row{gone(atLogin, 0), gone(atRead, 0), click, gone(atReadBack, allChanges)}
}

// loginPageRows are pages of the log-in that look or behave other than they should.
func loginPageRows() []row {
	return []row{
		{fault: "renamed: the button that goes on", step: atLogin,
			faults: one(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: claysim.LabelContinue, Text: "Xyzzy"})},
		{fault: "the page is in another language", step: atLogin, faults: one(on(claysim.FaultLocale, "", 1))},
		{fault: "a tour over the page", step: atLogin, faults: one(claysim.Fault{Kind: claysim.FaultOverlay, Text: "tour"})},
		{fault: "a cookie banner over the page", step: atLogin, faults: one(claysim.Fault{Kind: claysim.FaultOverlay, Text: "cookies"})},
		{fault: "an alert of the browser's", step: atLogin,
			faults: one(claysim.Fault{Kind: claysim.FaultNativeDialog, Text: "alert", Label: claysim.LabelContinue})},
		// What was typed is not typed twice in one log-in.
		{fault: "swallowed: the click that goes on", step: atLogin, shows: "PageChanged", person: true,
			faults: one(claysim.Fault{Kind: claysim.FaultSwallowedClick, Label: claysim.LabelContinue, Times: 1})},
	}
}

func pageRows() []row {
	label := func(what string, label claysim.Label, most int) row {
		return row{fault: "renamed: " + what, step: beforeClick, shows: "PageChanged", person: true, most: most,
			faults: one(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: label, Text: "Xyzzy"})}
	}
	healed := func(what string, name claysim.Label) row {
		r := label(what, name, 0)
		r.shows, r.person = "", false
		return r
	}
	click := func(fault string, kind claysim.FaultKind, label claysim.Label) row {
		return row{fault: fault, step: beforeClick, faults: one(claysim.Fault{Kind: kind, Label: label, Times: 1, Delay: slow / 2})}
	}
	text := func(fault string, kind claysim.FaultKind, text string, delay time.Duration) row {
		return row{fault: fault, step: beforeClick, faults: one(claysim.Fault{Kind: kind, Text: text, Delay: delay})}
	}
	return []row{
		label("the button that invites", claysim.LabelInvite, 2),
		label("the button that sends", claysim.LabelSubmit, 2),
		label("the entry that removes", claysim.LabelRemoveMember, 0),
		// These are found by where they are, or not needed, because the address of the Team page is remembered.
		healed("a row's menu", claysim.LabelMore),
		healed("the button that confirms", claysim.LabelConfirmRemove),
		healed("the settings", claysim.LabelSettings),
		healed("the team", claysim.LabelTeam),
		{fault: "renamed: a role", step: beforeClick, shows: "RoleNotOffered", most: 2,
			faults: one(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: claysim.LabelRoleViewer, Text: "Xyzzy"})},
		{fault: "doubled: the button that invites", step: beforeClick, shows: "PageChanged", person: true, most: 2,
			faults: one(claysim.Fault{Kind: claysim.FaultDoubledLabel, Label: claysim.LabelInvite})},
		{fault: "another language", step: beforeClick, faults: one(on(claysim.FaultLocale, "", 0)), shows: "PageChanged", person: true},
		text("a tour over the page", claysim.FaultOverlay, "tour", 0),
		text("a cookie banner over the page", claysim.FaultOverlay, "cookies", 0),
		text("a survey that comes late", claysim.FaultOverlay, "survey", slow/4),
		click("swallowed: the click that invites", claysim.FaultSwallowedClick, claysim.LabelInvite),
		click("swallowed: the click that sends", claysim.FaultSwallowedClick, claysim.LabelSubmit),
		click("swallowed: the click that confirms", claysim.FaultSwallowedClick, claysim.LabelConfirmRemove),
		click("a slow dialog", claysim.FaultSlowClick, claysim.LabelInvite),
		click("a slow button that sends", claysim.FaultSlowClick, claysim.LabelSubmit),
		text("an alert of the browser's", claysim.FaultNativeDialog, "alert", 0),
		{fault: "a question of the browser's", step: beforeClick, shows: "PageChanged", person: true,
			faults: one(claysim.Fault{Kind: claysim.FaultNativeDialog, Text: "confirm"})},
		text("a question at leaving the page", claysim.FaultNativeDialog, "beforeunload", 0),
		{fault: "the dialog that invites closes by itself", step: beforeClick,
			faults: one(claysim.Fault{Kind: claysim.FaultDialogCloses, Text: "invite", Times: 1})},
		{fault: "the dialog that removes closes by itself", step: beforeClick,
			faults: one(claysim.Fault{Kind: claysim.FaultDialogCloses, Text: "remove", Times: 1})},
		{fault: "rows swap under the pointer", step: beforeClick, faults: one(claysim.Fault{Kind: claysim.FaultRowsSwap, Times: 6})},
		{fault: "rows swap while a menu is open", step: beforeClick, faults: one(claysim.Fault{Kind: claysim.FaultRowsSwap, Times: 2, Text: "menu"})},
		{fault: "rows swap while a dialog asks", step: beforeClick, faults: one(claysim.Fault{Kind: claysim.FaultRowsSwap, Times: 1, Text: "dialog"})},
		{fault: "the page loads itself anew", step: beforeClick,
			faults: one(claysim.Fault{Kind: claysim.FaultReload, Times: 1, Delay: slow / 2})},
	}
}
