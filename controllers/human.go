package controllers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// need is something that only a person can do.
type need struct {
	// reason is that of the condition.
	reason string
	// message says what is the matter.
	message string
	// step is the exact next step.
	step string
	// evidence says where a picture of it is; empty where there is none.
	evidence string
}

// text is the message of the condition.
func (n need) text() string {
	text := n.message + " Next: " + n.step
	if n.evidence != "" {
		text += " Evidence: " + n.evidence
	}
	return text
}

// needs lists what only a person can do, the most urgent first: what stops the whole workspace, then what stops a part.
func (p *pass) needs(trouble *problem) []need {
	var all []need
	if trouble != nil {
		if step := p.nextStep(trouble.standing.Reason); step != "" {
			found := need{reason: trouble.standing.Reason, message: trouble.standing.Message, step: step}
			if trouble.kept.Key != "" {
				found.evidence = p.trail.WhereIs(trouble.kept)
			}
			all = append(all, found)
		}
	}
	if p.planned {
		p.memory.needs = p.needsOfPlan()
	}
	// A pass that came to no plan knows nothing better than the last one that did.
	return append(all, p.memory.needs...)
}

// needsOfPlan lists what only a person can do about the plan.
func (p *pass) needsOfPlan() []need {
	var all []need
	if p.holds() {
		all = append(all, need{
			reason: clayv1alpha1.ReasonRemovalsHeld, message: p.heldCount(), step: approveCommand(p.workspace) + " (or let the hour pass)",
		})
	}
	if names := p.ambiguous(); len(names) > 0 {
		all = append(all, need{
			reason:  string(seat.BlockedAmbiguousMember),
			message: fmt.Sprintf("Clay's list does not show exactly one line for %s.", enumerate(names)),
			step:    "put the list right in Clay",
		})
	}
	for _, section := range access.Sections() {
		fault := p.work.faultOf(section)
		if fault == nil || fault.Class != sidecar.Drift {
			continue
		}
		all = append(all, need{
			reason: fit(fault.Reason, maxShort), message: fmt.Sprintf("%s: %s", nameSection(section), sentence(fault.Message)),
			step: cmp.Or(p.nextStep(fault.Reason), p.nextStep(sidecar.ReasonPageChanged)), evidence: p.work.evidence,
		})
	}
	return all
}

// ambiguous are the names of the ClayUsers that Clay's list shows more than once, or not so that a row could be told from another.
func (p *pass) ambiguous() []string {
	var names []string
	for _, blocked := range p.plan.Blocked {
		ambiguous := blocked.Reason == seat.BlockedAmbiguousMember
		if user := p.userNamed(blocked.Change.Owner); blocked.Reason == seat.BlockedRefused && user != nil {
			ambiguous = lastRefusal(p.remembered(user).History) == sidecar.ReasonAmbiguousMember
		}
		if ambiguous && blocked.Change.Owner != "" {
			names = append(names, blocked.Change.Owner)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// nextStep says what a person does about a problem of the workspace, or nothing where it is none of a person's in Clay.
func (p *pass) nextStep(reason string) string {
	secret := p.workspace.Spec.Login.SecretRef.Name
	byHand := fmt.Sprintf("clay-operator login --namespace %s --workspace %s", p.key.Namespace, p.key.Name)
	again := fmt.Sprintf("kubectl annotate --overwrite --namespace %s clayworkspace %s %s=\"$(date)\"",
		p.key.Namespace, p.key.Name, clayv1alpha1.AnnotationReconcileAt)
	switch reason {
	case sidecar.ReasonSecurityCheck, sidecar.ReasonApprovalNeeded, sidecar.ReasonLoginNeeded, sidecar.ReasonUnsupportedLogin:
		return byHand
	case sidecar.ReasonCodeNeeded:
		return fmt.Sprintf("%s (or give the Secret %q the keys of a mailbox)", byHand, secret)
	case sidecar.ReasonWrongPassword, sidecar.ReasonUnknownAccount, sidecar.ReasonIdentityProviderRefused, sidecar.ReasonMailboxFailed:
		return fmt.Sprintf("correct the Secret %q", secret)
	case sidecar.ReasonAccountLocked:
		return fmt.Sprintf("unlock the account, correct the Secret %q, then %s", secret, again)
	case sidecar.ReasonNotAdmin:
		return "make the account an admin of the workspace in Clay, then " + again
	case sidecar.ReasonTeamPageNotFound:
		return "make the account an admin of the workspace in Clay, then " + again +
			"; if it is one, look at the report and name what changed in the ConfigMap of spec.locatorsRef (docs/when-clay-changes.md)"
	case sidecar.ReasonWrongWorkspace, sidecar.ReasonOnboarding:
		return fmt.Sprintf("compare spec.workspaceID with the workspaces of the account in the Secret %q", secret)
	case sidecar.ReasonPageChanged:
		return "look at the picture and the report, and name what changed in the ConfigMap of spec.locatorsRef (docs/when-clay-changes.md)"
	case sidecar.ReasonAccessPageNotFound:
		return "where the plan does not have it, take it out of the manifests; otherwise " + p.nextStep(sidecar.ReasonPageChanged)
	case audit.ReasonStoreFull:
		return "make room in the audit store, or name another one with --audit-store"
	case audit.ReasonStoreForbidden:
		return "let the operator write into the audit store, or name another one with --audit-store"
	case audit.ReasonTrailBroken:
		return "clay-operator audit verify"
	default:
		return ""
	}
}

// reportNeeds writes the condition HumanNeeded, which is there only while it is true.
func (p *pass) reportNeeds(trouble *problem) {
	found := p.needs(trouble)
	p.needed = found
	conditions, generation, now := &p.workspace.Status.Conditions, p.workspace.Generation, p.timing.now()
	if len(found) == 0 {
		meta.RemoveStatusCondition(conditions, clayv1alpha1.ConditionHumanNeeded)
		return
	}
	texts := make([]string, len(found))
	for i := range found {
		texts[i] = found[i].text()
	}
	message := strings.Join(texts, " Besides: ")
	status.Set(conditions, clayv1alpha1.ConditionHumanNeeded, metav1.ConditionTrue, generation, found[0].reason, message, now)
}
