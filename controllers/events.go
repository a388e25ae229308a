package controllers

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/recorder"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// reportingController is the name under which events appear.
const reportingController = "clay-operator"

// actionReconcile is the action of events that tell of a condition.
const actionReconcile = "Reconcile"

// actionNotify is the action of events that tell of a webhook.
const actionNotify = "Notify"

// events tells of turns and of changes in Clay, once each.
type events struct{ recorder recorder.EventRecorder }

func newEvents(mgr ctrl.Manager) events {
	return events{recorder: mgr.GetEventRecorder(reportingController)}
}

// turned tells of another reason of the condition Ready. That a resource is fine from the beginning, or is being seen to, is no event.
func (e events) turned(object runtime.Object, before, after []metav1.Condition) {
	was, is := meta.FindStatusCondition(before, clayv1alpha1.ConditionReady), meta.FindStatusCondition(after, clayv1alpha1.ConditionReady)
	if is == nil || was != nil && was.Reason == is.Reason || was == nil && (is.Status == metav1.ConditionTrue || is.Reason == clayv1alpha1.ReasonProgressing) {
		return
	}
	kind := corev1.EventTypeNormal
	if meta.IsStatusConditionTrue(after, clayv1alpha1.ConditionStalled) {
		kind = corev1.EventTypeWarning
	}
	e.tell(object, kind, is.Reason, actionReconcile, is.Message)
}

// versionChanged tells that Clay has shipped another build. The first one that is seen is no change.
func (e events) versionChanged(object runtime.Object, before, after string) {
	if before == "" || after == "" || before == after {
		return
	}
	e.tell(object, corev1.EventTypeNormal, clayv1alpha1.ReasonClayVersionChanged, actionReconcile,
		fmt.Sprintf("Clay's web app changed from %s to %s. Its pages are looked at before anything more is written.", before, after))
}

// needed tells that a person is needed, where the condition Ready does not tell the same.
func (e events) needed(object runtime.Object, before, after []metav1.Condition) {
	was, is := meta.FindStatusCondition(before, clayv1alpha1.ConditionHumanNeeded), meta.FindStatusCondition(after, clayv1alpha1.ConditionHumanNeeded)
	ready := meta.FindStatusCondition(after, clayv1alpha1.ConditionReady)
	if is == nil || was != nil && was.Reason == is.Reason || ready != nil && ready.Reason == is.Reason {
		return
	}
	e.recorder.Eventf(object, nil, corev1.EventTypeWarning, is.Reason, actionReconcile, "%s", is.Message)
}

// expiring tells once that a seat goes soon, and once more where the time is another.
func (e events) expiring(object runtime.Object, before, after []metav1.Condition) {
	was, is := meta.FindStatusCondition(before, clayv1alpha1.ConditionExpiring), meta.FindStatusCondition(after, clayv1alpha1.ConditionExpiring)
	if is == nil || was != nil && was.Message == is.Message {
		return
	}
	e.tell(object, corev1.EventTypeWarning, is.Reason, actionReconcile, is.Message)
}

// unnotified tells that somebody could not be told.
func (e events) unnotified(workspace *clayv1alpha1.ClayWorkspace, err error) {
	e.recorder.Eventf(workspace, nil, corev1.EventTypeWarning, clayv1alpha1.ReasonNotificationFailed, actionNotify, "%s", sentence(err.Error()))
}

// changed tells of a change in Clay.
func (e events) changed(object runtime.Object, change seat.Change, outcome sidecar.Outcome) {
	kind, reason := corev1.EventTypeNormal, string(change.Verb)
	note := fmt.Sprintf("%s %s: %s", change.Verb, change.Email, outcome.Result)
	if change.Role != "" {
		note = fmt.Sprintf("%s %s as %s: %s", change.Verb, change.Email, change.Role, outcome.Result)
	}
	if outcome.Fault != nil {
		kind, reason = corev1.EventTypeWarning, outcome.Fault.Reason
		note += ". " + outcome.Fault.Message
	}
	e.tell(object, kind, reason, string(change.Verb), note)
}

// accessChanged tells of changes to groups, budgets and limits: of all that one verb did at once for one person.
func (e events) accessChanged(object runtime.Object, verb, target string, outcome sidecar.Outcome) {
	kind, reason := corev1.EventTypeNormal, verb
	note := fmt.Sprintf("%s %s: %s", verb, target, outcome.Result)
	if outcome.Fault != nil {
		kind, reason = corev1.EventTypeWarning, outcome.Fault.Reason
		note += ". " + outcome.Fault.Message
	}
	e.tell(object, kind, reason, verb, note)
}

// maxNote is how long the text of an event may be, in bytes; the API server takes no longer one.
const maxNote = 1024

// tell records an event. A text that is too long is cut; the condition has all of it.
func (e events) tell(object runtime.Object, kind, reason, action, note string) {
	if len(note) > maxNote {
		note = strings.ToValidUTF8(note[:maxNote-len("…")], "") + "…"
	}
	e.recorder.Eventf(object, nil, kind, reason, action, "%s", note)
}
