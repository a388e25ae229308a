package v1alpha1

// The condition types. Ready, Reconciling and Stalled follow kstatus: Ready is always there once a resource was looked
// at; Reconciling and Stalled are there only while they are true, and never both.
const (
	// ConditionReady: everything that this resource asks for is so in Clay.
	ConditionReady = "Ready"
	// ConditionReconciling: work or a wait is under way that ends by itself.
	ConditionReconciling = "Reconciling"
	// ConditionStalled: nothing goes on until a person changes something.
	ConditionStalled = "Stalled"
	// ConditionSessionReady: the operator is signed in to the workspace. On a ClayWorkspace only.
	ConditionSessionReady = "SessionReady"
	// ConditionRemovalsHeld: more removals are wanted than the hour allows. On a ClayWorkspace only.
	ConditionRemovalsHeld = "RemovalsHeld"
	// ConditionHumanNeeded: something waits that only a person can do; its message says what. On a ClayWorkspace only.
	ConditionHumanNeeded = "HumanNeeded"
	// ConditionAccessReady: groups, budgets and limits are as asked. False where they are not, or where nobody can tell what is asked for. It
	// is there while there is any access to manage.
	ConditionAccessReady = "AccessReady"
	// ConditionExpiring: the seat goes soon, because spec.expiresAt says so. On a ClayUser only.
	ConditionExpiring = "Expiring"
	// ConditionUnsandboxed: Chromium runs without its own sandbox. On a ClayWorkspace only.
	ConditionUnsandboxed = "Unsandboxed"
)

// The reasons of conditions and events that the controllers give by themselves. Reasons of faults come from the browser's
// side (internal/sidecar), those of safety rules from the plan (internal/seat); docs/troubleshooting.md explains all of them.
const (
	// ReasonSucceeded: Clay was read, and is as asked.
	ReasonSucceeded = "Succeeded"
	// ReasonReading: Clay is being read for the first time.
	ReasonReading = "Reading"
	// ReasonProgressing: changes are left, and are made in the next passes.
	ReasonProgressing = "Progressing"
	// ReasonSuspended: spec.suspend is true.
	ReasonSuspended = "Suspended"
	// ReasonDeleting: the resource is being deleted.
	ReasonDeleting = "Deleting"
	// ReasonSecretNotFound: the Secret with the credentials is not there.
	ReasonSecretNotFound = "SecretNotFound"
	// ReasonSecretInvalid: the Secret lacks a key, or a key holds nothing useful.
	ReasonSecretInvalid = "SecretInvalid"
	// ReasonInvalidSpec: a field of the spec cannot be right.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonDuplicateWorkspace: an older ClayWorkspace stands for the same workspace in Clay.
	ReasonDuplicateWorkspace = "DuplicateWorkspace"
	// ReasonWorkspaceNotFound: the ClayWorkspace that a ClayUser names is not there.
	ReasonWorkspaceNotFound = "WorkspaceNotFound"
	// ReasonWorkspaceNotReady: the ClayWorkspace cannot be worked with now.
	ReasonWorkspaceNotReady = "WorkspaceNotReady"
	// ReasonInvitationPending: an invitation is out and not accepted yet. A wait, not an error.
	ReasonInvitationPending = "InvitationPending"
	// ReasonActive: the person has the seat and the role that are asked for.
	ReasonActive = "SeatActive"
	// ReasonAbsent: the person has no seat, as asked.
	ReasonAbsent = "SeatAbsent"
	// ReasonAccessApplied: groups, budgets and limits are as asked.
	ReasonAccessApplied = "AccessApplied"
	// ReasonNotOfferedByPlan: the workspace's plan in Clay has no groups, budgets or limits, and the manifests ask for some.
	ReasonNotOfferedByPlan = "NotOfferedByPlan"
	// ReasonUnknownGroup: a manifest names a group that is neither in spec.groups nor a mirrored ClayGroup.
	ReasonUnknownGroup = "UnknownGroup"
	// ReasonUnknownBudget: a manifest names a budget that is not in spec.budgets.
	ReasonUnknownBudget = "UnknownBudget"
	// ReasonExpired: the person has no seat any more, because spec.expiresAt has passed.
	ReasonExpired = "Expired"
	// ReasonAccessExpiring: the seat goes soon, because spec.expiresAt is near. Of the condition Expiring and of an event.
	ReasonAccessExpiring = "AccessExpiring"
	// ReasonRulesInvalid: the condition of an access rule cannot be used, so that nobody can tell what people should have.
	ReasonRulesInvalid = "RulesInvalid"
	// ReasonMembersFound: there is a ClayUser for every member of a ClayGroup.
	ReasonMembersFound = "MembersFound"
	// ReasonMembersMissing: a ClayGroup names ClayUsers that there are not. The others are in it.
	ReasonMembersMissing = "MembersMissing"
	// ReasonDuplicateGroup: an older ClayGroup of the workspace has the same display name.
	ReasonDuplicateGroup = "DuplicateGroup"
	// ReasonTooManyMirrored: older ClayGroups of the workspace are mirrored already, as many as may be.
	ReasonTooManyMirrored = "TooManyMirrored"
	// ReasonNameTooLong: a ClayGroup is to be mirrored under a name that is longer than Clay's groups may have.
	ReasonNameTooLong = "NameTooLong"
	// ReasonRemovalsHeld: removals wait for the hour to pass or for approval.
	ReasonRemovalsHeld = "RemovalsHeld"
	// ReasonShrunk: the list of members shrank by more than half and is read again before it is believed.
	ReasonShrunk = "MembersShrunk"
	// ReasonSignedIn: the operator is signed in.
	ReasonSignedIn = "SignedIn"
	// ReasonSessionNotKept: the operator is signed in, and the session will not survive a restart.
	ReasonSessionNotKept = "SessionNotKept"
	// ReasonLoginBudget: the operator has signed in as often as an hour allows.
	ReasonLoginBudget = "LoginBudget"
	// ReasonLocatorsNotFound: the ConfigMap of spec.locatorsRef is not there, or lacks its key.
	ReasonLocatorsNotFound = "LocatorsNotFound"
	// ReasonNotificationFailed: a webhook could not be told that a person is needed. Of events only.
	ReasonNotificationFailed = "NotificationFailed"
	// ReasonClayVersionChanged: Clay's web app is another build than before. Of an event only.
	ReasonClayVersionChanged = "ClayVersionChanged"
	// ReasonAdopted: a seat or invitation was there before its ClayUser. Of an event only.
	ReasonAdopted = "Adopted"
	// ReasonSandboxUnavailable: the node forbids Chromium its sandbox.
	ReasonSandboxUnavailable = "SandboxUnavailable"
)

// The annotations that the controllers read.
const (
	// AnnotationReconcileAt asks for a pass now, and for another try of what Clay refused; any new value does.
	AnnotationReconcileAt = "clay.seatwright.dev/reconcile-at"
	// AnnotationApproveRemovals approves the held set of removals that status.heldRemovals names. On a ClayWorkspace only.
	AnnotationApproveRemovals = "clay.seatwright.dev/approve-removals"
)

// The finalizers.
const (
	// FinalizerSeat keeps a ClayUser until its seat is gone from Clay.
	FinalizerSeat = "clay.seatwright.dev/seat"
	// FinalizerUsers keeps a ClayWorkspace until no ClayUser needs it.
	FinalizerUsers = "clay.seatwright.dev/users"
)
