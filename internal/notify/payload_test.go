package notify

import (
	"encoding/json"
	"html"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

func slackOf(t *testing.T, notice Notice) slackMessage {
	t.Helper()
	body, err := slackBody(notice)
	if err != nil {
		t.Fatal(err)
	}
	var message slackMessage
	if err := json.Unmarshal(body, &message); err != nil {
		t.Fatal(err)
	}
	return message
}

func eventOf(t *testing.T, notice Notice) cloudEvent {
	t.Helper()
	body, err := cloudEventBody(notice)
	if err != nil {
		t.Fatal(err)
	}
	var event cloudEvent
	if err := json.Unmarshal(body, &event); err != nil {
		t.Fatal(err)
	}
	return event
}

func TestSlackOfAResolvedNotice(t *testing.T) {
	notice := resolved(sampleNotice())
	notice.Message, notice.Evidence, notice.WorkspaceID = "The operator is signed in again.", "", ""
	const title, message = "Nobody is needed any more: SecurityCheck in workspace sales", "The operator is signed in again."
	want := slackMessage{
		Text: title + "\n" + message,
		Blocks: []slackBlock{
			{Type: "header", Text: &slackText{Type: "plain_text", Text: title}},
			{Type: "section", Text: &slackText{Type: "plain_text", Text: message}},
			{Type: "context", Elements: []slackText{
				{Type: "plain_text", Text: "ClayWorkspace sales in namespace team"}, {Type: "plain_text", Text: "2026-11-23 13:00 UTC"},
			}},
		},
	}
	if diff := cmp.Diff(want, slackOf(t, notice)); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func TestSlackShowsEvidence(t *testing.T) {
	text := func(text string) slackText { return slackText{Type: "plain_text", Text: "Evidence: " + text} }
	link := func(text string) slackText {
		return slackText{Type: "mrkdwn", Text: "<" + text + "|Evidence>", Verbatim: true}
	}
	long := "https://evidence.example.com/" + strings.Repeat("x", slackTextLimit)
	cases := map[string]slackText{
		"20261123T120000_team_sales":             text("20261123T120000_team_sales"),
		"https://evidence.example.com/a?b=1&c=2": link("https://evidence.example.com/a?b=1&amp;c=2"),
		"http://evidence.example.com/a":          link("http://evidence.example.com/a"),
		"https://evidence.example.com/<!here>":   link("https://evidence.example.com/&lt;!here&gt;"),
		"https://evidence.example.com/a|b":       text("https://evidence.example.com/a|b"),
		"https://evidence.example.com/a b":       text("https://evidence.example.com/a b"),
		"javascript:alert(1)":                    text("javascript:alert(1)"),
		"https:///a":                             text("https:///a"),
		long:                                     text(long[:slackTextLimit-len("Evidence: ")-1] + ellipsis),
	}
	for evidence, want := range cases {
		notice := sampleNotice()
		notice.Evidence = evidence
		blocks := slackOf(t, notice).Blocks
		elements := blocks[len(blocks)-1].Elements
		if diff := cmp.Diff(want, elements[len(elements)-1]); diff != "" {
			t.Errorf("%.60s (-want +got):\n%s", evidence, diff)
		}
	}
}

// TestSlackTakesEveryNotice holds a message to Slack's rules whatever stands in the notice.
func TestSlackTakesEveryNotice(t *testing.T) {
	for _, text := range []string{
		"", "x", "<!channel> & <@U1>", strings.Repeat("&", 5000), strings.Repeat("🙂", 5000), strings.Repeat("é", 5000),
		"\u202egnp.exe", "a\x00b\nc", "\xff\xfe", strings.Repeat("<", slackHeaderLimit),
	} {
		notice := Notice{
			ID: text, Time: noon, Namespace: text, Workspace: text, WorkspaceID: text, UID: text, Reason: text,
			Message: text, NextStep: text, Evidence: text,
		}
		message := slackOf(t, notice)
		requireSlackText(t, message.Text, 3*slackTextLimit+2)
		for _, block := range message.Blocks {
			texts := block.Elements
			if block.Text != nil {
				texts = append(texts, *block.Text)
			}
			limit := slackTextLimit
			if block.Type == "header" {
				limit = slackHeaderLimit
			}
			for _, each := range texts {
				requireSlackText(t, each.Text, limit)
				if each.Type != "plain_text" {
					t.Errorf("%.20q is shown as %s", text, each.Type)
				}
			}
		}
	}
}

func requireSlackText(t *testing.T, text string, limit int) {
	t.Helper()
	if length := len(utf16.Encode([]rune(text))); length == 0 || length > limit {
		t.Errorf("a text of %d characters, allowed are 1 to %d", length, limit)
	}
	if strings.ContainsAny(text, "<>\x00\u202e") {
		t.Errorf("a text has what Slack would take for more than text: %.40q", text)
	}
	// A bare or a cut entity is one that does not come back as it was.
	if again := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(html.UnescapeString(text)); again != text {
		t.Errorf("a text is not escaped, or was cut within an entity: %.40q", text)
	}
}

func TestEscape(t *testing.T) {
	cases := map[string]struct {
		text  string
		limit int
		want  string
	}{
		"plain":                       {"Jo's \"seat\"", 20, "Jo's \"seat\""},
		"the three characters":        {"a & b < c > d", 40, "a &amp; b &lt; c &gt; d"},
		"an entity stays as it reads": {"&amp;", 20, "&amp;amp;"},
		"just fits":                   {"12345", 5, "12345"},
		"cut":                         {"123456", 5, "1234…"},
		"an entity is not cut":        {"12<45", 5, "12…"},
		"an entity just fits":         {"1&lt", 5, "1…"},
		"two units a character":       {"🙂🙂🙂", 5, "🙂🙂…"},
		"two units just fit":          {"🙂🙂1", 5, "🙂🙂1"},
		"control characters":          {"a\tb\x1b[0mc\nd", 20, "a b [0mc\nd"},
		"direction":                   {"a\u202eb\u2066c\u200fd", 20, "abcd"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := escape(c.text, c.limit); got != c.want {
				t.Errorf("escape(%q, %d) = %q, want %q", c.text, c.limit, got, c.want)
			}
		})
	}
}

func TestEventIDs(t *testing.T) {
	notice := sampleNotice()
	again := notice
	again.Message, again.Evidence, again.Time = "Still.", "", notice.Time.In(time.FixedZone("", 3600))
	if notice.eventID() != again.eventID() {
		t.Error("the same event has two ids")
	}
	later := notice
	later.Time = notice.Time.Add(time.Second)
	ended := notice
	ended.Resolved = true
	seen := map[string]bool{}
	for _, each := range []Notice{notice, later, ended, numbered("other"), numbered("")} {
		id := each.eventID()
		if len(id) != eventIDLength || seen[id] || strings.Trim(id, "0123456789abcdef") != "" {
			t.Errorf("the id %q of %+v is not its own, or no id", id, each)
		}
		seen[id] = true
	}
}

func TestCloudEventOfAResolvedNotice(t *testing.T) {
	beginning, end := eventOf(t, sampleNotice()), eventOf(t, resolved(sampleNotice()))
	if end.Type != typeResolved || !end.Data.Resolved || end.ID == beginning.ID {
		t.Errorf("the end is not told as one: %+v", end)
	}
	if end.Data.NoticeID != beginning.Data.NoticeID || end.Source != beginning.Source || end.Subject != beginning.Subject {
		t.Errorf("the end cannot be matched with its beginning: %+v and %+v", end, beginning)
	}
}

func TestCloudEventsStaySmall(t *testing.T) {
	// What every CloudEvents system passes on, by its specification.
	const sizeLimit = 64 * 1024
	for _, text := range []string{"<", "\x01", "🙂", "é", "\xff"} {
		notice := sampleNotice()
		long := strings.Repeat(text, 50_000)
		notice.ID, notice.Message, notice.NextStep, notice.Evidence = long, long, long, long
		body, err := cloudEventBody(notice)
		if err != nil || len(body) > sizeLimit {
			t.Errorf("an event of %q has %d bytes, %v", text, len(body), err)
		}
		if message := eventOf(t, notice).Data.Message; len([]rune(message)) != dataTextLimit+1 || !strings.HasSuffix(message, ellipsis) {
			t.Errorf("a text of %q was cut to %d characters", text, len([]rune(message)))
		}
	}
	if text := strings.Repeat("é", dataTextLimit); cut(text) != text {
		t.Error("a text that fits was cut")
	}
}

func TestSourceIsAPath(t *testing.T) {
	notice := sampleNotice()
	notice.Workspace = "a b/c?d"
	if want, got := "/namespaces/team/clayworkspaces/a%20b%2Fc%3Fd", eventOf(t, notice).Source; got != want {
		t.Errorf("source %s, want %s", got, want)
	}
}
