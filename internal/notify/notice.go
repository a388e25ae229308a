package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Notice says that a person is needed for a workspace, or that this is over. No field holds a secret or text of a page.
type Notice struct {
	// ID names the matter: the same matter has the same ID, however often it is told, and so has its end. Required.
	ID string
	// Time is when the matter began, or with Resolved when it ended. It is part of what makes one event different from the next,
	// so it stays the same when the same thing is told again.
	Time time.Time
	// Namespace and Workspace name the ClayWorkspace, WorkspaceID is the workspace's number in Clay, and UID the resource's.
	Namespace, Workspace, WorkspaceID, UID string
	// Reason is one word in CamelCase, as in a condition.
	Reason string
	// Message is a sentence that says what happened.
	Message string
	// NextStep is exactly what the person does now; empty where there is nothing to do.
	NextStep string
	// Evidence is a link to what the operator saw, or says where it is in the store of evidence; may be empty.
	Evidence string
	// Resolved says that nobody is needed any more.
	Resolved bool
}

// eventIDLength is 128 bits in hexadecimal, as long as a UUID's.
const eventIDLength = 32

// eventID names one event: the beginning or the end of a matter at one time. Receivers know by it what they had already. It is
// made of the whole of that and not of ID alone, because what comes back after it was resolved is news. It is a hash, so that
// nothing that stands in an ID can change the meaning of a header.
func (n Notice) eventID() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %t %s", n.ID, n.Resolved, n.Time.UTC().Format(time.RFC3339Nano)))
	return hex.EncodeToString(sum[:])[:eventIDLength]
}

// title is the one line to notice it by.
func (n Notice) title() string {
	if n.Resolved {
		return fmt.Sprintf("Nobody is needed any more: %s in workspace %s", n.Reason, n.Workspace)
	}
	return fmt.Sprintf("A person is needed: %s in workspace %s", n.Reason, n.Workspace)
}
