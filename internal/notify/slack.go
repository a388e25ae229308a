package notify

import (
	"encoding/json"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf16"
)

// The longest texts that Slack takes in a header and in any other block, in characters.
const (
	slackHeaderLimit = 150
	slackTextLimit   = 3000
)

const (
	// ellipsis ends a text that was cut.
	ellipsis = "…"
	// shownTime is how a time is written for people.
	shownTime = "2006-01-02 15:04 UTC"
	// nextStepLabel begins the line with the next step.
	nextStepLabel = "Next step: "
)

// slackMessage is the body of an incoming webhook. Text is what a notification on a phone shows, and all that systems show which
// take Slack's messages without blocks, so it says everything.
type slackMessage struct {
	Text   string       `json:"text"`
	Blocks []slackBlock `json:"blocks"`
	// Slack would otherwise open each link to show a preview, and that of the evidence is for people.
	UnfurlLinks bool `json:"unfurl_links"`
	UnfurlMedia bool `json:"unfurl_media"`
}

type slackBlock struct {
	Type     string      `json:"type"`
	Text     *slackText  `json:"text,omitempty"`
	Elements []slackText `json:"elements,omitempty"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
	// Verbatim keeps Slack from finding mentions and links by itself. It exists for mrkdwn only.
	Verbatim bool `json:"verbatim,omitempty"`
}

// slackBody renders a notice. Message and next step are plain text: a command must arrive letter by letter, and mrkdwn would take a
// pair of underscores out of it.
func slackBody(n Notice) ([]byte, error) {
	message := slackMessage{Text: escape(n.title(), slackTextLimit)}
	message.Blocks = append(message.Blocks, slackBlock{Type: "header", Text: plain(n.title(), slackHeaderLimit)})
	section := func(text string) {
		block := slackBlock{Type: "section", Text: plain(text, slackTextLimit)}
		message.Text += "\n" + block.Text.Text
		message.Blocks = append(message.Blocks, block)
	}
	// An empty text would be refused.
	if n.Message != "" {
		section(n.Message)
	}
	if n.NextStep != "" {
		section(nextStepLabel + n.NextStep)
	}
	message.Blocks = append(message.Blocks, slackBlock{Type: "context", Elements: slackContext(n)})
	return json.Marshal(message)
}

// slackContext says where and when, and where to look.
func slackContext(n Notice) []slackText {
	place := "ClayWorkspace " + n.Workspace + " in namespace " + n.Namespace
	if n.WorkspaceID != "" {
		place += ", workspace " + n.WorkspaceID + " in Clay"
	}
	elements := []slackText{*plain(place, slackTextLimit), *plain(n.Time.UTC().Format(shownTime), slackTextLimit)}
	switch {
	case n.Evidence == "":
	case isLink(n.Evidence):
		elements = append(elements, slackText{Type: "mrkdwn", Text: "<" + escape(n.Evidence, slackTextLimit) + "|Evidence>", Verbatim: true})
	default:
		elements = append(elements, *plain("Evidence: "+n.Evidence, slackTextLimit))
	}
	return elements
}

// isLink tells a link that fits between Slack's brackets from a key in the store. One that is too long to stay whole is none.
func isLink(evidence string) bool {
	parsed, err := url.Parse(evidence)
	return err == nil && (parsed.Scheme == "https" || parsed.Scheme == "http") && parsed.Host != "" &&
		!strings.ContainsAny(evidence, "| \n") && len(escape(evidence, slackTextLimit)) < slackTextLimit-len("<|Evidence>")
}

func plain(text string, limit int) *slackText {
	return &slackText{Type: "plain_text", Text: escape(text, limit)}
}

// escape replaces the three characters that mean something to Slack, takes out those that could make a text look like another one, and
// cuts it between characters to at most limit. It counts as the most demanding of Slack's clients may: in UTF-16.
func escape(text string, limit int) string {
	var escaped strings.Builder
	length, kept, room := 0, 0, limit-len([]rune(ellipsis))
	for _, r := range text {
		piece := slackForm(r)
		for _, unit := range piece {
			length += utf16.RuneLen(unit)
		}
		if length > limit {
			return escaped.String()[:kept] + ellipsis
		}
		escaped.WriteString(piece)
		if length <= room {
			kept = escaped.Len()
		}
	}
	return escaped.String()
}

// slackForm is one character as Slack wants it.
func slackForm(r rune) string {
	switch {
	case r == '&':
		return "&amp;"
	case r == '<':
		return "&lt;"
	case r == '>':
		return "&gt;"
	case r == '\n':
		return "\n"
	case unicode.Is(unicode.Bidi_Control, r):
		return ""
	case unicode.IsControl(r):
		return " "
	}
	return string(r)
}
