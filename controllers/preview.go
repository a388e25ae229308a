package controllers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// Preview is what a pass over a workspace would change in Clay now, and what it would leave. It is made by the code that makes
// the passes, and its fields are named as in the API.
type Preview struct {
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
	WorkspaceID string `json:"workspaceID"`
	// Mode is that of the spec, with its default.
	Mode clayv1alpha1.Mode `json:"mode"`
	// Source says what the preview rests on.
	Source PreviewSource `json:"source"`
	// LastReadTime is when Clay was read for it.
	LastReadTime metav1.Time `json:"lastReadTime"`
	// PendingChanges counts the changes.
	PendingChanges clayv1alpha1.ChangeCounts `json:"pendingChanges"`
	// Changes are those that would be made, in their order, and then those that would not.
	Changes []PreviewChange `json:"changes"`
	// HeldRemovals names the removals that are held back, where the operator holds the same ones; ApproveCommand approves them.
	HeldRemovals   string `json:"heldRemovals,omitempty"`
	ApproveCommand string `json:"approveCommand,omitempty"`
	// WaitsFor is what the operator waits for before it changes anything in the workspace; nil where it waits for nothing.
	WaitsFor *PreviewWait `json:"waitsFor,omitempty"`
	// Notes say what the preview could not know, and whom it leaves out.
	Notes []string `json:"notes,omitempty"`
}

// PreviewSource says what a preview rests on.
type PreviewSource string

// A preview rests on what the operator wrote down of its last reading, or on a reading of its own.
const (
	PreviewOfStatus PreviewSource = "Status"
	PreviewOfClay   PreviewSource = "Clay"
)

// PreviewChange is one change that is wanted.
type PreviewChange struct {
	// Verb is Invite, SetRole, Remove or CancelInvitation, or one of those of groups, budgets and limits, such as AddToGroup.
	Verb string `json:"verb"`
	// Email is empty where the change is about nobody alone.
	Email string `json:"email"`
	// Role is the one to give, and From the one that the person has.
	Role clayv1alpha1.Role `json:"role,omitempty"`
	From clayv1alpha1.Role `json:"from,omitempty"`
	// Group or Budget is the name of what is changed.
	Group  string `json:"group,omitempty"`
	Budget string `json:"budget,omitempty"`
	// Credits is the limit to give, and FromCredits the one that there is; of ResetBudget what was used.
	Credits     *int64 `json:"credits,omitempty"`
	FromCredits *int64 `json:"fromCredits,omitempty"`
	// User names the ClayUser that asks for it; empty for a member without one, and where the workspace asks.
	User string `json:"user,omitempty"`
	// Resend marks both halves of an invitation that is withdrawn and sent anew.
	Resend bool `json:"resend,omitempty"`
	// Reason says why it is not made, in a word, and Message in sentences; both are empty where nothing stands against it.
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

// PreviewWait is what stands against every change in a workspace.
type PreviewWait struct {
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// PreviewOptions are what NewPreview needs.
type PreviewOptions struct {
	// Reader reads the cluster: the ClayUsers, and where Clay itself is read the Secrets and ConfigMaps that the workspace names. Required.
	Reader client.Reader
	// Backend reads Clay itself; nil goes by what the operator wrote down of its last reading.
	Backend sidecar.Backend
	// AllowInsecureAppURL and InvitationLifetime are those of the operator.
	AllowInsecureAppURL bool
	InvitationLifetime  time.Duration

	// now is what tests replace.
	now func() time.Time
}

// NewPreview works out what a pass over the workspace would do now. It changes nothing, neither in Clay nor in the cluster. The
// error says what to do: nothing can be said about a workspace that was never read, or that cannot be read now.
func NewPreview(ctx context.Context, workspace *clayv1alpha1.ClayWorkspace, options PreviewOptions) (*Preview, error) {
	p := &pass{
		ClayWorkspaceReconciler: &ClayWorkspaceReconciler{
			reader: options.Reader, backend: options.Backend, timing: timing{now: options.now}.withDefaults(),
			allowInsecureAppURL: options.AllowInsecureAppURL,
			invitationLifetime:  cmp.Or(options.InvitationLifetime, DefaultInvitationLifetime),
		},
		key: client.ObjectKeyFromObject(workspace), workspace: workspace.DeepCopy(), memory: newMemory(workspace),
	}
	// No writing is this process's own.
	p.memory.notice(workspace.Status.Operation, string(PreviewOfClay), p.timing.now())
	users, err := p.listPastCache(ctx)
	if err != nil {
		return nil, err
	}
	for i := range users {
		if users[i].DeletionTimestamp.IsZero() {
			// It gets its finalizer before anything is done for it.
			controllerutil.AddFinalizer(&users[i], clayv1alpha1.FinalizerSeat)
		}
	}
	p.know(users)
	if p.groups, err = p.groupsPastCache(ctx); err != nil {
		return nil, err
	}
	preview := &Preview{
		Namespace: p.key.Namespace, Name: p.key.Name, WorkspaceID: p.workspace.Spec.WorkspaceID,
		Mode: cmp.Or(p.workspace.Spec.Mode, clayv1alpha1.ModeEnforce), Source: PreviewOfStatus, WaitsFor: waitsFor(p.workspace),
	}
	if options.Backend == nil {
		preview.Notes, err = p.recall()
	} else {
		preview.Source = PreviewOfClay
		preview.Notes, err = p.look(ctx)
	}
	if err != nil {
		return nil, err
	}
	if err := p.planForUsers(ctx); err != nil {
		return nil, err
	}
	if err := p.previewAccess(ctx, preview); err != nil {
		return nil, err
	}
	p.describe(preview)
	return preview, nil
}

// waitsFor is the trouble that the operator tells of in the status.
func waitsFor(workspace *clayv1alpha1.ClayWorkspace) *PreviewWait {
	ready := meta.FindStatusCondition(workspace.Status.Conditions, clayv1alpha1.ConditionReady)
	if ready == nil || ready.Status == metav1.ConditionTrue {
		return nil
	}
	if held := meta.FindStatusCondition(workspace.Status.Conditions, clayv1alpha1.ConditionAccessReady); held != nil && held.Reason == ready.Reason {
		// It stands against a part of the changes to access and against nothing else.
		return nil
	}
	switch ready.Reason {
	case clayv1alpha1.ReasonReading, clayv1alpha1.ReasonProgressing, clayv1alpha1.ReasonRemovalsHeld, clayv1alpha1.ReasonDeleting,
		clayv1alpha1.ReasonSuspended:
		return nil
	default:
		return &PreviewWait{Reason: ready.Reason, Message: ready.Message}
	}
}

// describe puts the plan into words.
func (p *pass) describe(preview *Preview) {
	preview.LastReadTime = metav1.NewTime(p.reading.endedAt.Truncate(time.Second))
	preview.PendingChanges = *countChanges(p.plan)
	preview.Changes = make([]PreviewChange, 0, len(p.plan.Changes)+len(p.plan.Blocked))
	for _, change := range p.plan.Changes {
		preview.Changes = append(preview.Changes, p.previewOf(change, ""))
	}
	made, held := p.previewAccessChanges(preview)
	preview.Changes = append(preview.Changes, made...)
	for _, blocked := range p.plan.Blocked {
		reason := blocked.Reason
		if reason == seat.BlockedRemovalsHeld && p.observes() {
			reason = seat.BlockedObserve
		}
		preview.Changes = append(preview.Changes, p.previewOf(blocked.Change, reason))
	}
	preview.Changes = append(preview.Changes, held...)
	losers := make([]string, 0, len(p.plan.Duplicates))
	for name, winner := range p.plan.Duplicates {
		losers = append(losers, fmt.Sprintf("ClayUser %s is left out: %s", name, blockedMessage(verdict{winner: winner}, seat.BlockedDuplicate)))
	}
	slices.Sort(losers)
	preview.Notes = append(preview.Notes, losers...)
	if p.rulesFault != "" {
		preview.Notes = append(preview.Notes, p.rulesMessage())
	}
	if !p.holds() {
		return
	}
	if digestOfHeld(p.workspace.Status.HeldRemovals) != p.plan.HeldDigest {
		preview.Notes = append(preview.Notes, "The operator has not held exactly these removals yet: they can be approved after its next pass.")
		return
	}
	preview.HeldRemovals, preview.ApproveCommand = p.workspace.Status.HeldRemovals, approveCommand(p.workspace)
}

func (p *pass) previewOf(change seat.Change, reason seat.BlockReason) PreviewChange {
	preview := PreviewChange{
		Verb: string(change.Verb), Email: string(change.Email), Role: clayv1alpha1.Role(change.Role), From: clayv1alpha1.Role(change.From),
		User: change.Owner, Resend: change.Resend, Reason: string(reason),
	}
	if member := p.reading.find(change.Email); change.Verb != seat.Invite {
		preview.From = clayv1alpha1.Role(member.Role)
	}
	if reason != "" {
		preview.Message = p.objection(change, reason)
	}
	return preview
}

// objection says why a change is not made.
func (p *pass) objection(change seat.Change, reason seat.BlockReason) string {
	user := p.userNamed(change.Owner)
	switch {
	case user == nil:
		return blockedMessage(verdict{}, reason)
	case reason == seat.BlockedSuspended && user.Spec.Suspend:
		return suspendedUser(false).Message
	case reason == seat.BlockedRefused:
		return refusalMessage(lastRefusal(p.remembered(user).History)) + " " + tryAgainHint
	default:
		return blockedMessage(verdict{}, reason)
	}
}

// look reads Clay itself, as a pass does, but once, and without keeping anything.
func (p *pass) look(ctx context.Context) (notes []string, err error) {
	access, version, err := accessTo(ctx, p.reader, p.workspace, p.allowInsecureAppURL)
	if err != nil {
		return nil, err
	}
	p.memory.secretVersion = version
	if access.Locators, err = LocatorsOf(ctx, p.reader, p.workspace); err != nil {
		return nil, err
	}
	secret, err := readSessionSecret(ctx, p.reader, p.workspace)
	if err != nil {
		return nil, err
	}
	p.memory.account = access.Login.Email
	p.takeSession(ctx, secret)
	access.Session = p.memory.session
	access.NoLogin = !p.loginOpens().IsZero()
	ctx, cancel := context.WithTimeout(ctx, observeDeadline)
	defer cancel()
	startedAt := p.timing.now()
	observation, err := p.backend.Observe(ctx, access)
	if err != nil {
		return nil, fromFault(err)
	}
	if err := checkInventory(observation.Inventory, p.workspace.Spec.WorkspaceID); err != nil {
		return nil, fromPlan(err)
	}
	before := p.memory.members
	if !seat.Believable(before, observation.Inventory, p.memory.ownRemovals) {
		notes = append(notes, fmt.Sprintf("Clay's list went from %d lines to %d. The operator changes nothing before a second reading shows the same.",
			before, len(observation.Inventory.Members)))
	}
	p.believe(newReading(observation.Inventory, startedAt, p.timing.now()))
	if observation.Session != nil {
		access.Session = observation.Session
	}
	p.access = access
	return notes, nil
}
