package gitops

import (
	"testing"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// What Argo CD says.
const (
	healthy     = health.HealthStatusHealthy
	progressing = health.HealthStatusProgressing
	degraded    = health.HealthStatusDegraded
	paused      = health.HealthStatusSuspended
)

// What Flux says.
const (
	current     = status.CurrentStatus
	inProgress  = status.InProgressStatus
	failed      = status.FailedStatus
	terminating = status.TerminatingStatus
)

// The states that the operator writes, by name, and what Argo CD and Flux say of each.
func TestStates(t *testing.T) {
	const user, workspace, group = "ClayUser", "ClayWorkspace", "ClayGroup"
	overrides := lua.ResourceHealthOverrides(overrides(t))
	evaluators := evaluators(t)
	for _, test := range []struct {
		name    string
		fixture fixture
		argo    health.HealthStatusCode
		// wait is what Flux says where a Kustomization has wait: true; checks is what it says with the healthCheckExprs of the example, where
		// these say anything about it.
		wait, checks status.Status
	}{
		{"nobody has looked yet", fixture{kind: user, observed: -1}, progressing, inProgress, inProgress},
		{"nobody has looked at the workspace yet", fixture{kind: workspace, observed: -1}, progressing, inProgress, inProgress},
		{"an older spec was met", behind(report(user, settled, clayv1alpha1.ReasonActive)), progressing, inProgress, inProgress},
		{"an older spec was stalled", behind(report(user, stalled, sidecar.ReasonRoleNotOffered)), progressing, inProgress, inProgress},
		{"an older spec was suspended", behind(report(workspace, unknown, clayv1alpha1.ReasonSuspended)), progressing, inProgress, inProgress},
		{"a seat", report(user, settled, clayv1alpha1.ReasonActive), healthy, current, current},
		{"no seat, as asked", report(user, settled, clayv1alpha1.ReasonAbsent), healthy, current, current},
		{"an invitation is out", report(user, waiting, clayv1alpha1.ReasonInvitationPending), progressing, inProgress, current},
		{"the next pass makes the change", report(user, waiting, clayv1alpha1.ReasonProgressing), progressing, inProgress, inProgress},
		{"the removal is held", report(user, waiting, string(seat.BlockedRemovalsHeld)), progressing, inProgress, inProgress},
		{"the workspace is in trouble", report(user, waiting, clayv1alpha1.ReasonWorkspaceNotReady), progressing, inProgress, inProgress},
		{"the workspace is suspended", report(user, unknown, clayv1alpha1.ReasonWorkspaceNotReady), paused, inProgress, current},
		{"the user is suspended", report(user, unknown, clayv1alpha1.ReasonSuspended), paused, inProgress, current},
		{"the workspace only observes", report(user, left, string(seat.BlockedObserve)), paused, inProgress, current},
		{"there is no such workspace", report(user, stalled, clayv1alpha1.ReasonWorkspaceNotFound), degraded, failed, failed},
		{"Clay said no", report(user, stalled, sidecar.ReasonSeatLimit), degraded, failed, failed},
		{"a rule stands against it", report(user, stalled, string(seat.BlockedLastAdmin)), degraded, failed, failed},
		{"invited in vain", report(user, stalled, string(seat.BlockedInvitations)), degraded, failed, failed},
		{"the user is being deleted", with(report(user, waiting, clayv1alpha1.ReasonDeleting), deleting), progressing, terminating, ""},
		{"the deletion is held", with(report(user, waiting, string(seat.BlockedRemovalsHeld)), deleting), progressing, terminating, ""},
		{"the deletion is stalled", with(report(user, stalled, string(seat.BlockedLastAdmin)), deleting), progressing, terminating, ""},
		{"the end has come", report(user, settled, clayv1alpha1.ReasonExpired), healthy, current, current},
		{
			"the end is near",
			report(user, settled, clayv1alpha1.ReasonActive, condition(clayv1alpha1.ConditionExpiring, metav1.ConditionTrue, clayv1alpha1.ReasonAccessExpiring)),
			healthy, current, current,
		},
		{"an access rule cannot be used", report(workspace, stalled, clayv1alpha1.ReasonRulesInvalid), degraded, failed, failed},
		{"nobody has looked at the group yet", fixture{kind: group, observed: -1}, progressing, inProgress, ""},
		{"an older group was looked at", behind(report(group, settled, clayv1alpha1.ReasonMembersFound)), progressing, inProgress, ""},
		{"a group has its members", report(group, settled, clayv1alpha1.ReasonMembersFound), healthy, current, ""},
		{"a group lists a leaver", report(group, settled, clayv1alpha1.ReasonMembersMissing), healthy, current, ""},
		{"a group has another's name", report(group, stalled, clayv1alpha1.ReasonDuplicateGroup), degraded, failed, ""},
		{"the first reading is under way", report(workspace, waiting, clayv1alpha1.ReasonReading), progressing, inProgress, inProgress},
		{"Clay is as asked", report(workspace, settled, clayv1alpha1.ReasonSucceeded), healthy, current, current},
		{"Clay does not answer", report(workspace, waiting, sidecar.ReasonClayUnreachable), progressing, inProgress, inProgress},
		{
			"removals are held",
			report(workspace, waiting, clayv1alpha1.ReasonRemovalsHeld, needed(clayv1alpha1.ReasonRemovalsHeld)),
			progressing, inProgress, inProgress,
		},
		{
			"only a person can sign in",
			report(workspace, stalled, sidecar.ReasonSecurityCheck, needed(sidecar.ReasonSecurityCheck)),
			degraded, failed, failed,
		},
		{
			"Clay lists an address twice, and the rest is as asked",
			report(workspace, settled, clayv1alpha1.ReasonSucceeded, needed(string(seat.BlockedAmbiguousMember))),
			degraded, current, failed,
		},
		{"the Secret is not there", report(workspace, stalled, clayv1alpha1.ReasonSecretNotFound), degraded, failed, failed},
		{"the workspace rests", report(workspace, unknown, clayv1alpha1.ReasonSuspended), paused, inProgress, current},
		{
			"the workspace rests while a person is needed",
			report(workspace, unknown, clayv1alpha1.ReasonSuspended, needed(string(seat.BlockedAmbiguousMember))),
			paused, inProgress, failed,
		},
		{"the workspace waits for its users", with(report(workspace, waiting, clayv1alpha1.ReasonDeleting), deleting), progressing, terminating, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			object := test.fixture.object(t)
			if got := argoHealth(t, object, overrides); got.Status != test.argo || got.Message == "" {
				t.Errorf("Argo CD: got %+v, want %s", got, test.argo)
			}
			if got := kstatus(t, object); got != test.wait {
				t.Errorf("Flux with wait: got %s, want %s", got, test.wait)
			}
			if test.checks == "" {
				return
			}
			if got := evaluate(t, evaluators, object); got != test.checks {
				t.Errorf("Flux with healthCheckExprs: got %s, want %s", got, test.checks)
			}
		})
	}
}

// Every reason in every form: what is said follows from the form, whatever the reason.
func TestEveryReason(t *testing.T) {
	overrides := lua.ResourceHealthOverrides(overrides(t))
	evaluators := evaluators(t)
	said := map[standing]struct {
		argo health.HealthStatusCode
		wait status.Status
	}{
		settled: {healthy, current},
		waiting: {progressing, inProgress},
		stalled: {degraded, failed},
		left:    {paused, inProgress},
		unknown: {paused, inProgress},
	}
	for _, kind := range kinds {
		for _, standing := range standings {
			for _, reason := range reasons(t) {
				object := report(kind, standing, reason).object(t)
				want := said[standing]
				got := argoHealth(t, object, overrides)
				if got.Status != want.argo || got.Message != "Ready says "+reason+"." {
					t.Errorf("%s, %s, %s: Argo CD says %+v, want %s and the message of Ready", kind, standing.name, reason, got, want.argo)
				}
				if got := kstatus(t, object); got != want.wait {
					t.Errorf("%s, %s, %s: Flux says %s with wait, want %s", kind, standing.name, reason, got, want.wait)
				}
				// The expressions are kinder than wait, and never kinder to what is stalled.
				checked := evaluate(t, evaluators, object)
				if standing == settled && checked != current || standing == stalled && checked != failed {
					t.Errorf("%s, %s, %s: Flux says %s with healthCheckExprs", kind, standing.name, reason, checked)
				}
				checkUnlooked(t, kind, standing, reason, overrides)
			}
		}
	}
}

// checkUnlooked checks that a report on an older spec counts for nothing.
func checkUnlooked(t *testing.T, kind string, s standing, reason string, overrides lua.ResourceHealthOverrides) {
	t.Helper()
	object := behind(report(kind, s, reason)).object(t)
	if got := argoHealth(t, object, overrides); got.Status != progressing {
		t.Errorf("%s, %s, %s, of an older spec: Argo CD says %+v, want Progressing", kind, s.name, reason, got)
	}
	if got := kstatus(t, object); got != inProgress {
		t.Errorf("%s, %s, %s, of an older spec: Flux says %s, want InProgress", kind, s.name, reason, got)
	}
}

// A person is needed: what is said to them is what to do next.
func TestHumanNeededSaysTheNextStep(t *testing.T) {
	overrides := lua.ResourceHealthOverrides(overrides(t))
	for _, reason := range reasons(t) {
		object := report("ClayWorkspace", stalled, reason, needed(reason)).object(t)
		want := "HumanNeeded says " + reason + "."
		if reason == clayv1alpha1.ReasonRemovalsHeld {
			want = "Ready says " + reason + "."
		}
		if got := argoHealth(t, object, overrides); got.Status != degraded || got.Message != want {
			t.Errorf("%s: got %+v, want Degraded and %q", reason, got, want)
		}
	}
}

// behind makes a report one on the spec before the present one.
func behind(f fixture) fixture {
	f.observed = generation - 1
	return f
}

func with(f fixture, change func(*unstructured.Unstructured)) fixture {
	f.change = change
	return f
}
