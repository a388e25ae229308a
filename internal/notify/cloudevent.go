package notify

import (
	"encoding/json"
	"net/url"
	"time"
)

const (
	// typeNeeded and typeResolved are the types of the events.
	typeNeeded   = "dev.seatwright.clay.human-needed"
	typeResolved = "dev.seatwright.clay.human-needed.resolved"

	// dataTextLimit bounds each long text, in characters, so that an event stays below the 64 KiB that every CloudEvents system
	// passes on, whatever its texts are made of: four texts, each character at most six bytes of JSON.
	dataTextLimit = 2500
)

// cloudEvent is the envelope of CloudEvents 1.0. The project's own SDK brings a logging library and a second JSON library along for
// these nine names.
type cloudEvent struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Subject         string    `json:"subject,omitempty"`
	Time            string    `json:"time"`
	DataContentType string    `json:"datacontenttype"`
	Data            eventData `json:"data"`
}

// eventData is what the event tells. NoticeID is the same for a matter's beginning and its end.
type eventData struct {
	NoticeID    string `json:"noticeID"`
	Namespace   string `json:"namespace"`
	Workspace   string `json:"workspace"`
	WorkspaceID string `json:"workspaceID,omitempty"`
	UID         string `json:"uid,omitempty"`
	Reason      string `json:"reason"`
	Message     string `json:"message"`
	NextStep    string `json:"nextStep,omitempty"`
	Evidence    string `json:"evidence,omitempty"`
	Resolved    bool   `json:"resolved"`
}

// cloudEventBody renders a notice.
func cloudEventBody(n Notice) ([]byte, error) {
	event := cloudEvent{
		SpecVersion: "1.0", ID: n.eventID(), Type: typeNeeded, Subject: n.Reason,
		Source:          "/namespaces/" + url.PathEscape(n.Namespace) + "/clayworkspaces/" + url.PathEscape(n.Workspace),
		Time:            n.Time.UTC().Format(time.RFC3339Nano),
		DataContentType: "application/json",
		Data: eventData{
			NoticeID: cut(n.ID), Namespace: n.Namespace, Workspace: n.Workspace, WorkspaceID: n.WorkspaceID, UID: n.UID,
			Reason: n.Reason, Message: cut(n.Message), NextStep: cut(n.NextStep), Evidence: cut(n.Evidence), Resolved: n.Resolved,
		},
	}
	if n.Resolved {
		event.Type = typeResolved
	}
	return json.Marshal(event)
}

// cut shortens a text to dataTextLimit characters.
func cut(text string) string {
	count := 0
	for place := range text {
		if count++; count > dataTextLimit {
			return text[:place] + ellipsis
		}
	}
	return text
}
