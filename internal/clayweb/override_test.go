package clayweb

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// goodOverride holds something of everything.
const goodOverride = `
version: 1
elements:
  team.invite:
    - {role: button, names: [Add teammates], safe: true}
  app.onboarding:
    - {role: heading, names: [Set up Clay]}
replace: [app.onboarding]
overlays:
  - name: survey
    shows: {css: '[role="dialog"]:has-text("How are we doing")'}
    dismiss: [{role: button, names: [Later]}]
  - name: product tour
    shows: {css: '[role="dialog"]:has-text("Welcome aboard")'}
    dismiss: [{role: button, names: [Skip]}]
roles:
  Viewer: [Observer, Member]
pending: [Awaiting]
refusals:
  SeatLimit: ['no chairs left']
`

func TestOverride(t *testing.T) {
	t.Parallel()
	base := builtIn(t)
	before := len(base.ladders[teamInvite])
	got, err := readOverride([]byte(goodOverride), base)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"app.onboarding", "overlays", "pending", "refusals", "roles", "team.invite"}, got.parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	invite := got.ladders[teamInvite]
	if len(invite) != before+1 || invite[0].Names[0] != "Add teammates" || !invite[0].added || invite[1].added {
		t.Errorf("the ladder of %s is %v", teamInvite, invite)
	}
	if onboarding := got.ladders[appOnboarding]; len(onboarding) != 1 {
		t.Errorf("the ladder of %s was not replaced: %v", appOnboarding, onboarding)
	}
	for label, want := range map[string]seat.Role{"Observer": seat.RoleViewer, "member": seat.RoleViewer, "Viewer": seat.RoleViewer, "User": seat.RoleEditor} {
		if role := got.role(label); role != want {
			t.Errorf("%s is %q, want %q", label, role, want)
		}
	}
	if slices.Contains(got.labels[seat.RoleEditor], "Member") || got.labels[seat.RoleViewer][0] != "Observer" {
		t.Errorf("labels %v", got.labels)
	}
	if !got.pending["awaiting"] || !got.pending["pending"] {
		t.Error("marks of an invitation are missing")
	}
	if got.refusal("There are no chairs left in this domain") != refusedSeatLimit {
		t.Error("the added refusal does not come first")
	}
	var overlays []string
	for _, entry := range got.overlays {
		overlays = append(overlays, entry.name)
	}
	if diff := cmp.Diff([]string{"survey", "product tour", "cookie banner"}, overlays); diff != "" {
		t.Errorf("overlays (-want +got):\n%s", diff)
	}
	if len(base.ladders[teamInvite]) != before || base.ladders[teamInvite][0].added || base.role("Member") != seat.RoleEditor || base.pending["awaiting"] {
		t.Error("the built-in book was changed")
	}
}

func TestOverrideNamesItsMistakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing in it", "", []string{"the document is empty"}},
		{"only a remark", "# to be done\n", []string{"the document is empty"}},
		{"no YAML", "version: 1\n  elements: x", []string{"the document is no YAML: line 2"}},
		{"a list", "- version: 1", []string{"a list stands where a mapping is needed"}},
		{"no version", "elements: {}", []string{"version 0 is not 1"}},
		{"a newer version", "version: 2", []string{"version 2 is not 1"}},
		{"two documents", "version: 1\n---\nversion: 1\n", []string{"more than one document"}},
		{"a key twice", "version: 1\nelements: {}\nelements: {}", []string{`mapping key "elements" already defined`}},
		{"a field that is not known", "version: 1\nelement: {}", []string{"line 2: field element is not known (did you mean elements?)"}},
		{"a field of a rung", "version: 1\nelements:\n  app.team:\n    - {role: link, name: [Team]}",
			[]string{"line 4: field name is not known (did you mean names"}},
		{"one name and not a list", "version: 1\nelements:\n  app.team:\n    - {role: link, names: Team}",
			[]string{"line 4: a text (Team) stands where a list is needed"}},
		{"an element that is not known", "version: 1\nelements:\n  team.invit: [{css: a}]\n  invite.send: [{css: a}]\n  zzz: [{css: a}]",
			[]string{"element team.invit is not known (did you mean team.invite", "element invite.send is not known (did you mean", "element zzz is not known;"}},
		{"a write without a safe rung", "version: 1\nelements:\n  team.invite:\n    - {role: button, names: [A], safe: true}\n    - {role: button, names: [B]}",
			[]string{"element team.invite: rung 2 may lead to a write and is not marked safe"}},
		{"a ladder without rungs", "version: 1\nelements:\n  app.team: []", []string{"element app.team: it has 0 rungs"}},
		{"too many rungs", "version: 1\nelements:\n  app.team: [" + strings.Repeat("{css: a},", maxRungs+1) + "]",
			[]string{"element app.team: it has 21 rungs"}},
		{"two ways and no way", "version: 1\nelements:\n  app.team: [{role: link, css: a}, {}]",
			[]string{"element app.team: rung 1: exactly one of", "element app.team: rung 2: exactly one of"}},
		{"an empty name", "version: 1\nelements:\n  app.team: [{role: link, names: ['']}]", []string{"element app.team: rung 1: a name, label"}},
		{"an expression that is none",
			"version: 1\nelements:\n  app.team: [{role: link, matching: '('}]",
			[]string{"element app.team: rung 1: error parsing regexp"}},
		{"an expression that browsers read otherwise", `{version: 1, elements: {app.team: [{role: link, matching: '\pL'}]}}`,
			[]string{"element app.team: rung 1: the expression uses what browsers understand otherwise"}},
		{"rows without css", "version: 1\nelements:\n  team.row: [{role: row}]", []string{"element team.row: rung 1 must be css"}},
		{"nothing to put in place", "version: 1\nreplace: [app.denied, app.deny]",
			[]string{"replace: element app.denied has no rungs of its own", "replace: element app.deny is not known (did you mean app.denied"}},
		{"a role that is not known", "version: 1\nroles: {Viewers: [Viewer]}", []string{"role Viewers is not known (did you mean Viewer"}},
		{"a label of two roles", "version: 1\nroles: {Viewer: [Guest], Editor: [guest]}", []string{`label "Guest" is of Editor and of Viewer`}},
		{"an empty label", "version: 1\nroles: {Viewer: [' ']}", []string{"role Viewer: a label is empty"}},
		{"all labels of a role taken away", "version: 1\nroles: {Editor: [Viewer]}", []string{"role Viewer has no label"}},
		{"an empty mark", "version: 1\npending: ['']", []string{"pending: a mark is empty"}},
		{"a refusal that is not known", "version: 1\nrefusals: {Seats: [x]}", []string{"refusal Seats is not known"}},
		{"a refusal of everything", "version: 1\nrefusals: {SeatLimit: ['x*']}", []string{`refusal SeatLimit: "x*" matches every text`}},
		{"an overlay that anything dismisses", "version: 1\noverlays: [{name: x, shows: {css: a}, dismiss: [{css: button}]}]",
			[]string{`overlay "x": dismiss: rung 1 needs a role and names`}},
		{"an overlay without a name", "version: 1\noverlays: [{shows: {css: a}, dismiss: []}]", []string{`overlay "": a name and a way`}},
		{"all mistakes at once", "version: 3\nelements: {app.tem: [{css: a}]}\nroles: {Boss: [Boss]}\npending: ['']\nsurprise: 1",
			[]string{"version 3", "element app.tem", "role Boss", "pending", "field surprise"}},
		{"too large", "version: 1 #" + strings.Repeat("x", sidecar.MaxLocators), []string{"the document has 262156 bytes, and may have 262144"}},
	}
	base := builtIn(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := readOverride([]byte(test.text), base)
			if err == nil {
				t.Fatalf("it was read: %v", got.parts)
			}
			fault := locatorsInvalid(err)
			if fault.Class != sidecar.InvalidInput || fault.Reason != sidecar.ReasonLocatorsInvalid || strings.Contains(fault.Message, "\n") {
				t.Errorf("fault %v", fault)
			}
			for _, want := range test.want {
				if !strings.Contains(fault.Message+";", want) {
					t.Errorf("message %q, want %q in it", fault.Message, want)
				}
			}
			if strings.Contains(fault.Message, "clayweb.") {
				t.Errorf("the message names a type of this program: %s", fault.Message)
			}
		})
	}
}

func TestFaultOfManyMistakesIsBounded(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("version: 1\nelements:\n")
	for i := range 100 {
		fmt.Fprintf(&text, "  no.%d.%s: [{css: a}]\n", i, strings.Repeat("x", 1000))
	}
	_, err := readOverride([]byte(text.String()), builtIn(t))
	fault := locatorsInvalid(err)
	if len(fault.Message) > 2*maxMistakes*maxMistake || !strings.HasSuffix(fault.Message, "and 80 more") {
		t.Errorf("%d bytes: %s", len(fault.Message), fault.Message)
	}
}

func TestBooksAreReadOnce(t *testing.T) {
	t.Parallel()
	backend := newBackend(t, chromium)
	first, err := backend.bookOf(sidecar.Workspace{Locators: goodOverride})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := backend.bookOf(sidecar.Workspace{Locators: goodOverride}); err != nil || again != first {
		t.Errorf("it was read again: %v", err)
	}
	if plain, err := backend.bookOf(sidecar.Workspace{}); err != nil || plain != backend.book {
		t.Errorf("a workspace without overrides has another book: %v", err)
	}
	for i := range 2 * maxBooks {
		if _, err := backend.bookOf(sidecar.Workspace{Locators: fmt.Sprintf("version: 1 # %d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(backend.books) > maxBooks {
		t.Errorf("%d books are kept", len(backend.books))
	}
}

// FuzzBook feeds whatever may be in a ConfigMap. What is accepted is complete, and keeps the rules of the built-in book.
func FuzzBook(f *testing.F) {
	f.Add([]byte(goodOverride))
	f.Add([]byte("version: 1\nelements: {team.invite: [{role: button, names: [x], safe: true}]}"))
	f.Add([]byte("a: &a [*a]"))
	base := builtIn(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if whole, err := readBook(data); err == nil && len(whole.gaps()) > 0 {
			t.Errorf("gaps: %v", whole.gaps())
		}
		got, err := readOverride(data, base)
		if err != nil {
			if message := locatorsInvalid(err).Message; message == "" {
				t.Error("a mistake has no name")
			}
			return
		}
		if gaps := got.gaps(); len(gaps) > 0 {
			t.Errorf("gaps: %v", gaps)
		}
		for name, mustBeSafe := range guarded {
			for i, step := range got.ladders[name] {
				if mustBeSafe && !step.Safe {
					t.Errorf("%s: rung %d is not safe", name, i+1)
				}
			}
		}
	})
}

// What the documentation shows can be used as it stands.
func TestOverrideOfTheDocumentation(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/when-clay-changes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "```yaml\n")
	manifest, _, ends := strings.Cut(rest, "```")
	if !found || !ends {
		t.Fatal("there is no manifest in the documentation")
	}
	var configMap struct {
		Data map[string]string `yaml:"data"`
	}
	if err := yaml.Unmarshal([]byte(manifest), &configMap); err != nil {
		t.Fatal(err)
	}
	got, err := readOverride([]byte(configMap.Data["locators.yaml"]), builtIn(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"team.invite"}, got.parts); diff != "" {
		t.Errorf("overridden (-want +got):\n%s", diff)
	}
	for _, field := range []string{"elements", "replace", "roles", "pending", "refusals", "overlays", "neighbours"} {
		if !strings.Contains(string(text), "| `"+field+"` |") {
			t.Errorf("the documentation does not tell of %s", field)
		}
	}
}
