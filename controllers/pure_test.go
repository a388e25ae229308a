package controllers

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

func TestRemovalWindow(t *testing.T) {
	t.Parallel()
	buckets := addRemovals(nil, 2, testTime.Add(20*time.Second))
	buckets = addRemovals(buckets, 1, testTime.Add(50*time.Second))
	buckets = addRemovals(buckets, 3, testTime.Add(30*time.Minute))
	buckets = addRemovals(buckets, 0, testTime.Add(31*time.Minute))
	want := []clayv1alpha1.RemovalCount{
		{Minute: metav1.NewTime(testTime), Count: 3}, {Minute: metav1.NewTime(testTime.Add(30 * time.Minute)), Count: 3},
	}
	if diff := cmp.Diff(want, buckets); diff != "" {
		t.Errorf("buckets (-want +got):\n%s", diff)
	}
	for after, count := range map[time.Duration]int{
		time.Hour + 59*time.Second: 6, removalWindow: 3, removalWindow + 30*time.Minute: 0,
	} {
		if got := recentRemovals(buckets, testTime.Add(after)); got != count {
			t.Errorf("after %s: %d, want %d", after, got, count)
		}
	}
	if moves := windowMoves(buckets); !moves.Equal(testTime.Add(removalWindow)) {
		t.Errorf("the window moves at %s", moves)
	}
	// A removal a minute is the most that the status has to hold.
	var many []clayv1alpha1.RemovalCount
	for minute := range 200 {
		many = addRemovals(many, 1, testTime.Add(time.Duration(minute)*time.Minute))
	}
	if len(many) != 61 {
		t.Errorf("buckets: %d, want 61, which is what the schema allows", len(many))
	}
}

func TestBounded(t *testing.T) {
	t.Parallel()
	some := func(number int, template seat.Change) []seat.Change {
		changes := make([]seat.Change, number)
		for i := range changes {
			changes[i] = template
			changes[i].Email = seat.Email(fmt.Sprintf("jo%04d@example.com", i))
		}
		return changes
	}
	count := func(changes []seat.Change, verb seat.Verb) int {
		number := 0
		for _, change := range changes {
			if change.Verb == verb {
				number++
			}
		}
		return number
	}
	if got := bounded(some(maxChanges, seat.Change{Verb: seat.Invite})); len(got) != maxChanges {
		t.Errorf("a full pass: %d", len(got))
	}
	if got := bounded(some(maxChanges+1, seat.Change{Verb: seat.Invite})); len(got) != maxChanges {
		t.Errorf("one too many: %d", len(got))
	}
	removals := append(some(maxChanges+50, seat.Change{Verb: seat.Remove}), some(10, seat.Change{Verb: seat.Invite})...)
	if got := bounded(removals); count(got, seat.Remove) != maxChanges+50 || count(got, seat.Invite) != 0 {
		t.Errorf("an approved set was split: %d of %d", count(got, seat.Remove), maxChanges+50)
	}
	pairs := append(some(maxChanges+50, seat.Change{Verb: seat.CancelInvitation, Resend: true}),
		some(maxChanges+50, seat.Change{Verb: seat.Invite, Resend: true})...)
	got := bounded(pairs)
	if withdrawn, sent := count(got, seat.CancelInvitation), count(got, seat.Invite); withdrawn != sent || withdrawn == 0 {
		t.Errorf("pairs were split: %d withdrawn, %d sent", withdrawn, sent)
	}
}

func TestFromFault(t *testing.T) {
	t.Parallel()
	for class, want := range map[sidecar.Class]patience{
		sidecar.InvalidInput: periodic, sidecar.Refused: periodic, sidecar.Drift: periodic,
		sidecar.AuthFailed: seldom, sidecar.HumanNeeded: seldom,
		sidecar.RateLimited: ordered,
		sidecar.Unavailable: backingOff, sidecar.OutcomeUnknown: backingOff,
	} {
		got := fromFault(&sidecar.Fault{Class: class, Reason: "R", Message: "M"})
		if got.patience != want {
			t.Errorf("%s: patience %d, want %d", class, got.patience, want)
		}
		if signedOut := class == sidecar.AuthFailed || class == sidecar.HumanNeeded; got.signedOut != signedOut {
			t.Errorf("%s: signed out is %t", class, got.signedOut)
		}
	}
	if got := fromFault(&sidecar.Fault{Class: sidecar.RateLimited}); got.pause != defaultPause {
		t.Errorf("a rate limit without a time: %s", got.pause)
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	wait, order := &problem{patience: seldom}, &problem{patience: ordered}
	for _, test := range []struct {
		name        string
		hold        hold
		fingerprint string
		after       time.Duration
		want        bool
	}{
		{"none", hold{}, "a", 0, false},
		{"same attempt", hold{until: testTime.Add(time.Hour), problem: wait, fingerprint: "a"}, "a", 0, true},
		{"another attempt", hold{until: testTime.Add(time.Hour), problem: wait, fingerprint: "a"}, "b", 0, false},
		{"over", hold{until: testTime.Add(time.Hour), problem: wait, fingerprint: "a"}, "a", time.Hour, false},
		{"ordered", hold{until: testTime.Add(time.Hour), problem: order, fingerprint: "a"}, "b", 0, true},
	} {
		if got := test.hold.stands(test.fingerprint, testTime.Add(test.after)); got != test.want {
			t.Errorf("%s: got %t", test.name, got)
		}
	}
}

// TestEveryBlockIsExplained makes sure that each reason has a sentence of its own that says what to do.
func TestEveryBlockIsExplained(t *testing.T) {
	t.Parallel()
	reasons := []seat.BlockReason{
		seat.BlockedLastAdmin, seat.BlockedOwnAccount, seat.BlockedProtected, seat.BlockedDuplicate, seat.BlockedAmbiguousMember,
		seat.BlockedInvalidEmail, seat.BlockedInvitations, seat.BlockedUnknownRole, seat.BlockedRemovalsHeld, seat.BlockedObserve,
		seat.BlockedSuspended, seat.BlockedUnguarded, seat.BlockedOutcomeUnknown, seat.BlockedNotConverging, seat.BlockedRefused,
		seat.BlockedRulesInvalid,
	}
	seen := map[string]seat.BlockReason{}
	for _, reason := range reasons {
		message := blockedMessage(verdict{winner: "jo"}, reason)
		if other, twice := seen[message]; twice {
			t.Errorf("%s and %s say the same", reason, other)
		}
		seen[message] = reason
		if !strings.HasSuffix(message, ".") {
			t.Errorf("%s is no sentence: %q", reason, message)
		}
		deleted := &clayv1alpha1.ClayUser{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &metav1.Time{Time: testTime}}}
		if standing := blockedStanding(deleted, verdict{refusal: sidecar.ReasonSeatLimit}, reason); !strings.Contains(standing.Message, "Retain") {
			t.Errorf("%s shows a deletion no way out: %q", reason, standing.Message)
		}
	}
}

func TestConcerns(t *testing.T) {
	t.Parallel()
	of := func(found verdict, trouble *problem) *snapshot {
		return &snapshot{verdicts: map[string]verdict{"jo": found}, trouble: trouble}
	}
	met := verdict{uid: types.UID("1"), presence: seat.Active, role: seat.RoleEditor}
	unmet, deleted, moved := met, met, met
	unmet.verb, deleted.deleting, moved.role = seat.SetRole, true, seat.RoleViewer
	trouble := stalled("Trouble", "Do something.")
	busy := of(met, nil)
	busy.operations = map[string][]clayv1alpha1.Operation{"jo": {operation(seat.SetRole, sidecar.Applied, 0)}}
	for _, test := range []struct {
		name       string
		last, next *snapshot
		want       bool
	}{
		{"the first", nil, of(met, nil), true},
		{"nothing new", of(met, nil), of(met, nil), false},
		{"another role", of(met, nil), of(moved, nil), true},
		{"trouble is not for those who are fine", of(met, nil), of(met, trouble), false},
		{"trouble is for those who wait", of(unmet, nil), of(unmet, trouble), true},
		{"the same trouble is not", of(unmet, trouble), of(unmet, trouble), false},
		{"whoever goes looks at every reading", of(deleted, nil), of(deleted, nil), true},
		{"an operation", of(met, nil), busy, true},
		{"nobody knows them", &snapshot{}, &snapshot{}, true},
	} {
		if got := concerns(test.last, test.next, "jo"); got != test.want {
			t.Errorf("%s: got %t", test.name, got)
		}
	}
}

// TestChangesDuringATroubleAreToldOfIt: whoever changed between two passes with the same trouble may have looked before the first of them.
func TestChangesDuringATroubleAreToldOfIt(t *testing.T) {
	t.Parallel()
	const planned = 1
	trouble := stalled("Trouble", "Do something.")
	ofAccess := &problem{standing: trouble.standing, accessAlone: true}
	expired := clayv1alpha1.ClayUser{Spec: clayv1alpha1.ClayUserSpec{ExpiresAt: &metav1.Time{Time: testTime.Add(-time.Second)}}}
	deleted := clayv1alpha1.ClayUser{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &metav1.Time{Time: testTime}}}
	for _, test := range []struct {
		name       string
		user       clayv1alpha1.ClayUser
		generation int64
		trouble    *problem
		want       bool
	}{
		{"as planned", clayv1alpha1.ClayUser{}, planned, trouble, false},
		{"another spec", clayv1alpha1.ClayUser{}, planned + 1, trouble, true},
		{"another spec, no trouble", clayv1alpha1.ClayUser{}, planned + 1, nil, false},
		{"another spec, trouble with access alone", clayv1alpha1.ClayUser{}, planned + 1, ofAccess, false},
		{"deleted", deleted, planned, trouble, true},
		{"expired", expired, planned, trouble, true},
		{"another of the same name", clayv1alpha1.ClayUser{ObjectMeta: metav1.ObjectMeta{UID: "2"}}, planned, trouble, true},
	} {
		found := &snapshot{trouble: test.trouble, verdicts: map[string]verdict{"jo": {generation: planned}}}
		test.user.Name, test.user.Generation = "jo", test.generation
		if got := waitsInVain(found, &test.user, testTime); got != test.want {
			t.Errorf("%s: got %t", test.name, got)
		}
	}
}

// TestMirrorsWithLongNames: the schema refuses them, and what an older one let in keeps no other from being mirrored.
func TestMirrorsWithLongNames(t *testing.T) {
	t.Parallel()
	long, short := clayv1alpha1.ClayGroup{}, clayv1alpha1.ClayGroup{}
	long.Name, long.Spec.Mirror = strings.Repeat("s", 51), true
	short.Name, short.Spec.Mirror, short.Spec.DisplayName = strings.Repeat("t", 51), true, strings.Repeat("ü", 50)
	mirrored, left := mirrorsOf([]clayv1alpha1.ClayGroup{long, short})
	if len(mirrored) != 1 || mirrored[short.Spec.DisplayName] == nil || left[long.Name] != clayv1alpha1.ReasonNameTooLong {
		t.Errorf("mirrored: %v, left: %v", mirrored, left)
	}
	standing := judgeGroup(&long, groupSight{unmirrored: left[long.Name]}, 0, nil)
	if !standing.IsStalled() || !strings.Contains(standing.Message, "spec.displayName") {
		t.Errorf("got %+v", standing)
	}
}

// TestMoreThanAStatusHolds bounds what is told of access, and what is mirrored.
func TestMoreThanAStatusHolds(t *testing.T) {
	t.Parallel()
	groups := make([]clayv1alpha1.ClayGroup, 102)
	var owned []clayv1alpha1.OwnedGroup
	var lines []string
	for i := range groups {
		// The last are the oldest.
		groups[i].Name, groups[i].Spec.Mirror = fmt.Sprintf("g%03d", i), true
		groups[i].CreationTimestamp = metav1.NewTime(testTime.Add(-time.Duration(i) * time.Minute))
	}
	mirrored, left := mirrorsOf(groups)
	want := map[string]string{"g000": clayv1alpha1.ReasonTooManyMirrored, "g001": clayv1alpha1.ReasonTooManyMirrored}
	if diff := cmp.Diff(want, left); diff != "" || len(mirrored) != 100 || mirrored["g101"] == nil {
		t.Errorf("%d are mirrored, left out (-want +got):\n%s", len(mirrored), diff)
	}
	if standing := judgeGroup(&groups[0], groupSight{unmirrored: left["g000"]}, 0, nil); !standing.IsStalled() {
		t.Errorf("got %+v", standing)
	}
	p := &pass{workspace: &clayv1alpha1.ClayWorkspace{}, groups: groups}
	p.accessStatus().Groups = []clayv1alpha1.OwnedGroup{{Name: "g000", Created: true}, {Name: "gone", Created: true}}
	if abandoned, _ := p.abandoned(access.Wish{}); !slices.Equal(abandoned, []string{"gone"}) {
		t.Errorf("to be deleted: %v", abandoned)
	}
	for i := range 400 {
		owned = append(owned, clayv1alpha1.OwnedGroup{Name: fmt.Sprintf("g%03d", i), Created: i >= 390})
		lines = append(lines, fmt.Sprintf("Group\tg%03d\tspec", i))
	}
	told := mostOf(owned, func(group clayv1alpha1.OwnedGroup) bool { return group.Created })
	if len(told) != 200 || told[189].Name != "g189" || told[199].Name != "g399" {
		t.Errorf("%d are told of: %+v", len(told), told)
	}
	if granted := readGrants(strings.Join(lines, "\n")); len(granted) != 304 {
		t.Errorf("grants: %d", len(granted))
	}
}

// TestGrantsOfNamesOfSeveralLines: a manifest that is older than the schema may hold such a name, and stops nobody.
func TestGrantsOfNamesOfSeveralLines(t *testing.T) {
	t.Parallel()
	want := []clayv1alpha1.Granted{{What: "Role", Value: "Editor", By: "spec"}, {What: "Group", Value: "a\tb", By: "emea"}}
	got := readGrants("Role\tEditor\tspec\nGroup\tSales\nOps\tspec\nGroup\ta\tb\temea")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
