package controllers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/notify"
)

// The keys of the Secret that a notification names.
const (
	secretKeyURL        = "url"
	secretKeySigningKey = "signingKey"
)

// newSender makes what sends the notices, and tells what becomes of them.
func newSender(counters *metrics, told events) *notify.Sender {
	return notify.New(notify.Options{OnResult: func(result notify.Result) {
		counters.notifications.WithLabelValues(result.Target.Name, string(result.Outcome)).Inc()
		if result.Err == nil {
			return
		}
		ctrl.Log.WithName("notifications").Info("a person could not be told", "namespace", result.Notice.Namespace,
			"workspace", result.Notice.Workspace, "outcome", result.Outcome, "error", result.Err.Error())
		if result.Outcome != notify.Retried {
			told.unnotified(workspaceOf(result.Notice), result.Err)
		}
	}})
}

// workspaceOf is enough of the ClayWorkspace of a notice for an event.
func workspaceOf(notice notify.Notice) *clayv1alpha1.ClayWorkspace {
	return &clayv1alpha1.ClayWorkspace{
		TypeMeta:   metav1.TypeMeta{APIVersion: clayv1alpha1.GroupVersion.String(), Kind: "ClayWorkspace"},
		ObjectMeta: metav1.ObjectMeta{Namespace: notice.Namespace, Name: notice.Workspace, UID: types.UID(notice.UID)},
	}
}

// notify tells the people that the workspace names what they are needed for, and when they are needed no more. What still holds is
// told in every pass: the sender knows what was told, and a notice that got lost is made up for.
func (p *pass) notify(ctx context.Context) {
	now := metav1.NewTime(p.timing.now()).Rfc3339Copy().Time
	var notices []notify.Notice
	holds := map[string]bool{}
	for _, each := range p.needed {
		matter := matterOf(each.reason, p.workspace)
		holds[matter] = true
		if _, known := p.memory.told[matter]; !known {
			p.memory.told[matter] = now
		}
		notice := p.notice(matter)
		notice.Time, notice.Message, notice.NextStep = p.memory.told[matter], each.message, each.step
		notice.Evidence = each.evidence
		notices = append(notices, notice)
	}
	for _, matter := range slices.Sorted(maps.Keys(p.memory.told)) {
		if holds[matter] {
			continue
		}
		delete(p.memory.told, matter)
		notice := p.notice(matter)
		notice.Time, notice.Message, notice.Resolved = now, "The operator goes on by itself.", true
		notices = append(notices, notice)
	}
	if len(notices) == 0 || len(p.workspace.Spec.Notifications) == 0 {
		return
	}
	targets := p.targets(ctx)
	for _, notice := range notices {
		p.sender.Send(notice, targets)
	}
}

// matterSeparator stands between the reason and what tells one matter from another with the same reason.
const matterSeparator = "/"

// matterOf names what people are told of once: a reason, and for held removals the set, because another set is approved by another command.
func matterOf(reason string, workspace *clayv1alpha1.ClayWorkspace) string {
	if reason == clayv1alpha1.ReasonRemovalsHeld {
		return reason + matterSeparator + workspace.Status.HeldRemovals
	}
	return reason
}

// notice is what every notice about one matter of the workspace has in common.
func (p *pass) notice(matter string) notify.Notice {
	reason, _, _ := strings.Cut(matter, matterSeparator)
	return notify.Notice{
		ID: string(p.workspace.UID) + "/" + matter, Reason: reason, Namespace: p.key.Namespace, Workspace: p.key.Name,
		WorkspaceID: p.workspace.Spec.WorkspaceID, UID: string(p.workspace.UID),
	}
}

// targets reads the Secrets of the notifications. One that cannot be used is told, and stops no other.
func (p *pass) targets(ctx context.Context) []notify.Target {
	var targets []notify.Target
	for i := range p.workspace.Spec.Notifications {
		notification := &p.workspace.Spec.Notifications[i]
		secret := &corev1.Secret{}
		key := types.NamespacedName{Namespace: p.key.Namespace, Name: notification.SecretRef.Name}
		if err := p.reader.Get(ctx, key, secret); err != nil {
			p.events.unnotified(p.workspace, fmt.Errorf("the Secret %q of the notification %q cannot be read: %w", key.Name, notification.Name, err))
			continue
		}
		target := notify.Target{
			Name: notification.Name, Format: notify.Format(notification.GetFormat()),
			URL: notify.Secret(secret.Data[secretKeyURL]), SigningKey: notify.Secret(secret.Data[secretKeySigningKey]),
			AllowInsecure: p.allowInsecureAppURL,
		}
		targets = append(targets, target)
	}
	return targets
}
