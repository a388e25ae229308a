package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"gocloud.dev/gcerrors"
)

// The reasons why the store takes nothing.
const (
	ReasonStoreFull        = "AuditStoreFull"
	ReasonStoreForbidden   = "AuditStoreForbidden"
	ReasonStoreUnavailable = "AuditStoreUnavailable"
	ReasonTrailBroken      = "AuditTrailBroken"
)

// NotStoredError says that intents are not in the audit store, so that what they intend must not be begun.
type NotStoredError struct {
	// Reason is one of the reasons above, fit for a condition.
	Reason string
	// Message is a sentence for a person: what is wrong and what to do. It holds nothing that the store said.
	Message string

	err error
}

// Error says it all, what the store said included.
func (e *NotStoredError) Error() string { return fmt.Sprintf("%s: %v", e.Message, e.err) }

// Unwrap returns what the store said.
func (e *NotStoredError) Unwrap() error { return e.err }

// messages says for each reason what is wrong and what to do.
var messages = map[string]string{
	ReasonStoreFull: "The audit store is full; nothing is written in Clay until there is room for records.",
	ReasonStoreForbidden: "The operator may not write into the audit store, or there is no such store; " +
		"nothing is written in Clay until --audit-store names one that it may write.",
	ReasonStoreUnavailable: "The audit store does not answer; nothing is written in Clay until it does.",
	ReasonTrailBroken: "The trail in the audit store was changed by somebody else, and nothing is written in Clay until a person has looked: " +
		"\"clay-operator audit verify\" says where. Another --audit-store begins a new trail.",
}

// notStored explains an error of the store.
func notStored(err error) error {
	reason := reasonOf(err)
	return &NotStoredError{Reason: reason, Message: messages[reason], err: err}
}

func reasonOf(err error) string {
	switch broken := (*brokenError)(nil); {
	case errors.As(err, &broken):
		return ReasonTrailBroken
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG),
		gcerrors.Code(err) == gcerrors.ResourceExhausted:
		return ReasonStoreFull
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return ReasonStoreUnavailable
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, errReplaces),
		gcerrors.Code(err) == gcerrors.PermissionDenied, gcerrors.Code(err) == gcerrors.NotFound:
		return ReasonStoreForbidden
	default:
		return ReasonStoreUnavailable
	}
}
