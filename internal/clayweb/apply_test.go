package clayweb

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// results are the outcomes of changes in their order, as text.
func results(count int, outcomes map[int]sidecar.Outcome) []string {
	texts := make([]string, count)
	for i := range texts {
		outcome, ok := outcomes[i]
		switch {
		case !ok:
			texts[i] = "not reported"
		case outcome.Fault != nil:
			texts[i] = fmt.Sprintf("%s %s %s", outcome.Result, outcome.Fault.Class, outcome.Fault.Reason)
		default:
			texts[i] = string(outcome.Result)
		}
	}
	return texts
}

// wantResults compares the outcomes with texts.
func wantResults(t *testing.T, outcomes map[int]sidecar.Outcome, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, results(len(want), outcomes)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

// mails counts the invitations that were sent, by address.
func (w *world) mails() map[string]int {
	sent := map[string]int{}
	for _, mail := range w.Outbox()[w.seeded:] {
		if mail.Kind == claysim.MailInvitation {
			sent[mail.To]++
		}
	}
	return sent
}

func TestApplyEveryVerb(t *testing.T) {
	t.Parallel()
	for _, variant := range claysim.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
			outcomes, observation, err := w.apply(
				seat.Change{Verb: seat.Remove, Email: "theo@example.com"},
				seat.Change{Verb: seat.CancelInvitation, Email: "noor@example.com"},
				seat.Change{Verb: seat.SetRole, Email: "ines@example.com", Role: seat.RoleViewer},
				seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor},
				seat.Change{Verb: seat.Invite, Email: "bo@example.com", Role: seat.RoleEditor},
				seat.Change{Verb: seat.Invite, Email: "cy@example.com", Role: seat.RoleAdmin},
				seat.Change{Verb: seat.Invite, Email: "hana@example.com", Role: seat.RoleViewer},
			)
			if err != nil {
				t.Error(err)
			}
			wantResults(t, outcomes, "Applied", "Applied", "Applied", "Applied", "Applied", "Applied", "AlreadyThere")
			t.Log(observation.Usage, w.Counters().Dialogs)
			if diff := cmp.Diff(map[string]int{"ada@example.com": 1, "bo@example.com": 1, "cy@example.com": 1}, w.mails()); diff != "" {
				t.Errorf("e-mails (-want +got):\n%s", diff)
			}
			state := w.Workspace(claysim.SampleWorkspace)
			if _, there := state.Member("theo@example.com"); there {
				t.Error("theo still is a member")
			}
			if member, _ := state.Member("ines@example.com"); member.Role != claysim.RoleViewer {
				t.Errorf("ines is %s", member.Role)
			}
			if invitation, _ := state.Invitation("cy@example.com"); invitation.Role != claysim.RoleAdmin {
				t.Errorf("cy was invited as %s", invitation.Role)
			}
		})
	}
}
