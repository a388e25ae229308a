package claysim

import (
	"io/fs"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestADocumentTakesTheFaultsOfThePagesWithIt(t *testing.T) {
	server := startSample(t)
	b := newBrowser(t, server)
	if faults := loadConfig(t, b).Faults; faults != nil {
		t.Errorf("faults %v in a document of a good day", faults)
	}
	id := server.Inject(Fault{Kind: FaultSwallowedClick, Label: LabelInvite, Times: 2})
	server.Inject(Fault{Kind: FaultNativeDialog, Text: "confirm", Delay: time.Second})
	server.Inject(Fault{Kind: FaultDuplicates}) // no business of the pages
	want := []pageFault{
		{ID: id, Kind: FaultSwallowedClick, Label: LabelInvite, Left: 2},
		{ID: id + 1, Kind: FaultNativeDialog, Text: "confirm", Delay: 1000},
	}
	if diff := cmp.Diff(want, loadConfig(t, b).Faults); diff != "" {
		t.Errorf("faults of a document (-want +got):\n%s", diff)
	}
	tell := func() {
		t.Helper()
		got, err := b.do(http.MethodPost, server.AppURL()+"/telemetry", map[string]int{"fault": id})
		if err != nil || got.status != http.StatusNoContent {
			t.Fatalf("telemetry: %d, %v", got.status, err)
		}
	}
	tell()
	if left := loadConfig(t, b).Faults[0].Left; left != 1 {
		t.Errorf("%d left after one", left)
	}
	tell()
	if left := loadConfig(t, b).Faults; len(left) != 1 || left[0].Kind != FaultNativeDialog {
		t.Errorf("faults %v after the first was spent", left)
	}
	if happened := server.Faults()[0].Happened; happened != 2 {
		t.Errorf("happened %d times", happened)
	}
	if dialogs := server.Counters().Dialogs; len(dialogs) != 0 {
		t.Errorf("faults were counted as dialogs: %v", dialogs)
	}
}

func TestAnOverlayMayComeLate(t *testing.T) {
	server := startSample(t)
	server.Inject(Fault{Kind: FaultOverlay, Text: "survey", Delay: 1500 * time.Millisecond, Times: 1})
	if config := loadConfig(t, newBrowser(t, server)); config.Overlay != "survey" || config.OverlayAfter != 1500 {
		t.Errorf("overlay %q after %d ms", config.Overlay, config.OverlayAfter)
	}
}

func TestTheLocaleChanges(t *testing.T) {
	server := startSample(t)
	b := newBrowser(t, server)
	server.Inject(Fault{Kind: FaultLocale, Times: 1})
	server.Inject(Fault{Kind: FaultRenamedLabel, Label: LabelTeam, Text: "Leute", Times: 1})
	page := b.page(server.AppURL() + "/login")
	if !strings.Contains(page.text, `<html lang="de">`) || !strings.Contains(page.text, "+ Einladen") || !strings.Contains(page.text, "Leute") {
		t.Error("the document is not in German")
	}
	page = b.page(server.AppURL() + "/login")
	if !strings.Contains(page.text, `<html lang="en">`) || !strings.Contains(page.text, "+ Invite") || !strings.Contains(page.text, `"Team"`) {
		t.Error("the document after the faults is not as before")
	}
}

// text finds the English words that the scripts translate.
var text = regexp.MustCompile(`\bt\([^'")]*(?:'([^']+)'|"([^"]+)")(?: : '([^']+)')?`)

func TestEveryTextIsInGerman(t *testing.T) {
	if diff := cmp.Diff(slices.Sorted(maps.Keys(currentLabels)), slices.Sorted(maps.Keys(inGerman.Labels))); diff != "" {
		t.Errorf("labels (-current +german):\n%s", diff)
	}
	used := map[string]bool{}
	scripts, err := fs.Glob(assets, "assets/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		content, err := fs.ReadFile(assets, script)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range text.FindAllStringSubmatch(string(content), -1) {
			for _, words := range match[1:] {
				if words != "" {
					used[words] = true
				}
			}
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(inGerman.Texts))); diff != "" {
		t.Errorf("texts (-used +german):\n%s", diff)
	}
}

func TestAllKindsOfFaultsAreKnownToTheControlPage(t *testing.T) {
	kinds := faultKinds()
	declared := regexp.MustCompile(`(?m)^\tFault\w+ +FaultKind = `)
	source, err := fs.ReadFile(sources, "fault_kind.go")
	if err != nil {
		t.Fatal(err)
	}
	if want := len(declared.FindAll(source, -1)); len(kinds) != want {
		t.Errorf("%d kinds are listed, %d are declared", len(kinds), want)
	}
	slices.Sort(kinds)
	if len(slices.Compact(kinds)) != len(faultKinds()) {
		t.Error("a kind is listed twice")
	}
}
