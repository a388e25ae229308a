package audit

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUnsettledIntentsOutliveTheProcess(t *testing.T) {
	rig := newRig(t)
	unknown, cut, done := invitation("unknown@example.com", noon), invitation("cut@example.com", noon), invitation("done@example.com", noon)
	elsewhere := invitation("elsewhere@example.com", noon)
	elsewhere.Workspace.Name = "other"
	rig.append(t, unknown, cut, done, elsewhere)
	rig.append(t, done.Became(ResultApplied, noon), unknown.Became(ResultUnknown, noon))

	next := rig.again()
	unsettled, err := next.Unsettled(t.Context(), "team", "sales")
	if err != nil {
		t.Fatal(err)
	}
	var persons []string
	for _, record := range unsettled {
		persons = append(persons, record.Person)
		next.append(t, record.Settle(ResultApplied, "read-9", noon.Add(time.Hour)))
	}
	if diff := cmp.Diff([]string{"unknown@example.com", "cut@example.com"}, persons); diff != "" {
		t.Errorf("unsettled (-want +got):\n%s", diff)
	}
	if left, err := next.Unsettled(t.Context(), "team", "sales"); err != nil || len(left) > 0 {
		t.Errorf("still unsettled: %v, %v", left, err)
	}
	next.requireWhole(t, 8)
	for _, change := range next.changes(t, Selection{Workspace: "sales"}) {
		settled := change.Person != "done@example.com"
		if change.Outcome != "Applied" || change.Settled != settled || settled && (change.Proof != "read-9" || change.DurationMilliseconds != 3_600_000) {
			t.Errorf("%+v", change)
		}
	}
	next.clock.forward(unsettledAge + time.Hour)
	next.append(t, invitation("new@example.com", next.clock.read()))
	if left, err := next.Unsettled(t.Context(), "team", "other"); err != nil || len(left) > 0 {
		t.Errorf("unsettled for ever: %v, %v", left, err)
	}
}

// TestWhatWaitsIsNotSettledAgain lets outcomes wait for the store while readings go on.
func TestWhatWaitsIsNotSettledAgain(t *testing.T) {
	rig := newRig(t)
	failed, unknown := invitation("failed@example.com", noon), invitation("unknown@example.com", noon)
	rig.append(t, failed, unknown)
	rig.store.set(always())
	outcome := failed.Became(ResultFailed, noon)
	outcome.Class, outcome.Reason = "Refused", "SeatLimit"
	rig.append(t, outcome, unknown.Became(ResultUnknown, noon))
	for i, want := range []int{1, 0, 0} {
		open, err := rig.Unsettled(t.Context(), "team", "sales")
		if err != nil || len(open) != want {
			t.Fatalf("reading %d: %d are open, want %d; %v", i, len(open), want, err)
		}
		for _, intent := range open {
			rig.append(t, intent.Settle(ResultApplied, "read-1", noon.Add(time.Minute)))
		}
	}
	rig.store.set(nil)
	rig.tryAgain(t.Context())
	rig.requireWhole(t, 5)
	for _, change := range rig.changes(t, Selection{}) {
		got := fmt.Sprint(change.Outcome, change.Class, change.Reason, change.Settled)
		if want := map[string]string{
			"failed@example.com": "FailedRefusedSeatLimitfalse", "unknown@example.com": "Appliedtrue",
		}[change.Person]; got != want {
			t.Errorf("%s: got %s, want %s", change.Person, got, want)
		}
	}
}

func TestUnsettledSaysThatTheStoreIsAway(t *testing.T) {
	rig := newRig(t)
	rig.store.set(always())
	if _, err := rig.Unsettled(t.Context(), "team", "sales"); !errors.Is(err, errStore) {
		t.Errorf("got %v", err)
	}
}
