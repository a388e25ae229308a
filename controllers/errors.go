package controllers

import (
	"errors"
	"fmt"
	"strings"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// patience says how the next attempt after a problem is timed.
type patience int

const (
	// watchful: the resource or its Secret has to change first, and that wakes the workspace.
	watchful patience = iota
	// backingOff: soon at first, then ever more seldom.
	backingOff
	// periodic: at the workspace's interval.
	periodic
	// seldom: after seldomRetry, because every attempt is a log-in that may fail.
	seldom
	// ordered: after the time that Clay asked for, whatever else changes.
	ordered
	// appointed: after a time that is known, or when what the attempt was made with changes.
	appointed
)

const (
	// seldomRetry is how often a log-in is tried that only a person can make work.
	seldomRetry = time.Hour
	// defaultPause is the pause after a rate limit that names none.
	defaultPause = time.Minute
)

// problem is why a pass ended early: what the status says of it, and when the next one should come.
type problem struct {
	standing status.Standing
	patience patience
	// pause is how long there is to be waited, for ordered and appointed.
	pause time.Duration
	// least is the shortest pause, for backingOff and ordered.
	least time.Duration
	// signedOut is true where the operator could not sign in.
	signedOut bool
	// class is that of the fault of a call to the browser; empty where there was no such fault.
	class sidecar.Class
	// accessAlone is true where seats are seen to all the same.
	accessAlone bool
	// evidence shows the page, where a picture was taken.
	evidence *sidecar.Evidence
	// kept is that picture in the store, once it is there.
	kept audit.Evidence
}

// Error implements error.
func (p *problem) Error() string { return fmt.Sprintf("%s: %s", p.standing.Reason, p.standing.Message) }

func stalled(reason, format string, arguments ...any) *problem {
	return &problem{standing: status.Stalled(reason, fmt.Sprintf(format, arguments...))}
}

// fromFault is the one place where the class of a fault decides what the workspace does about it.
func fromFault(err error) *problem {
	fault := sidecar.AsFault(err)
	message := sentence(fault.Message)
	p := &problem{standing: status.Stalled(fault.Reason, message), evidence: fault.Evidence, class: fault.Class}
	switch fault.Class {
	case sidecar.AuthFailed, sidecar.HumanNeeded:
		p.patience, p.signedOut = seldom, true
	case sidecar.InvalidInput, sidecar.Refused, sidecar.Drift:
		p.patience = periodic
	case sidecar.RateLimited:
		p.standing = status.Waiting(fault.Reason, message)
		p.patience, p.pause = ordered, fault.After
		if p.pause <= 0 {
			p.pause = defaultPause
		}
	default:
		p.standing = status.Waiting(fault.Reason, message)
		p.patience = backingOff
	}
	return p
}

// sentence gives a text of the browser's side the form of one.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return text
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

// fromPlan maps the errors of seat.Plan.
func fromPlan(err error) *problem {
	if errors.Is(err, seat.ErrWrongWorkspace) {
		p := stalled(sidecar.ReasonWrongWorkspace, "Clay showed another workspace than spec.workspaceID names. "+
			"Check the id, and that the account in the Secret belongs to the workspace.")
		p.patience = periodic
		return p
	}
	return &problem{
		standing: status.Waiting(sidecar.ReasonIncompleteList,
			"Clay's list of members could not be read to its end, so nothing is concluded from it. It is read again."),
		patience: backingOff,
	}
}

// shrunk is the problem of a list that lost more than half of its lines and that a second read did not confirm.
func shrunk(before, now int) *problem {
	return &problem{
		standing: status.Waiting(clayv1alpha1.ReasonShrunk, fmt.Sprintf(
			"Clay's list of members went from %d lines to %d, and a second read did not show the same. "+
				"Nothing is changed until two reads agree.", before, now)),
		patience: backingOff,
	}
}
