package seat

import (
	"cmp"
	"fmt"
	"slices"
)

// Plan works out the changes that lead from what Clay shows to what the manifests ask for, without breaking a rule of
// the policy. It is pure, and its result does not depend on the order of its inputs.
//
// It returns ErrWrongWorkspace for an inventory of another workspace (an empty id is no workspace) and ErrIncomplete for
// one that may lack members; nothing is planned then. Manifests whose address is no address should be passed in all the
// same: they keep members whom they may mean from being taken for unmanaged.
func Plan(desired []Desired, observed Inventory, policy Policy) (Result, error) {
	if policy.WorkspaceID == "" || observed.WorkspaceID != policy.WorkspaceID {
		return Result{}, fmt.Errorf("%w: read %q, wanted %q", ErrWrongWorkspace, observed.WorkspaceID, policy.WorkspaceID)
	}
	if !observed.Complete {
		return Result{}, ErrIncomplete
	}
	w := newWorld(desired, observed, policy)
	differences := w.differences()
	result := Result{Unmanaged: w.unmanaged(), Duplicates: w.duplicates()}
	result.HeldDigest, result.ApprovedDigest = w.enforce(differences)
	for _, d := range differences {
		for _, change := range d.changes {
			if d.reason == "" {
				result.Changes = append(result.Changes, change)
			} else {
				result.Blocked = append(result.Blocked, Blocked{Change: change, Reason: d.reason})
			}
		}
	}
	slices.SortFunc(result.Changes, compareChanges)
	slices.SortFunc(result.Blocked, compareBlocked)
	// A list that shows one address twice yields the same difference twice; once says it all.
	result.Blocked = slices.Compact(result.Blocked)
	return result, nil
}

func compareChanges(a, b Change) int {
	return cmp.Or(
		cmp.Compare(a.Verb.Phase(), b.Verb.Phase()),
		cmp.Compare(a.Email, b.Email),
		cmp.Compare(a.Verb, b.Verb),
		cmp.Compare(a.MemberID, b.MemberID),
		cmp.Compare(a.Role, b.Role),
		cmp.Compare(a.From, b.From),
	)
}

func compareBlocked(a, b Blocked) int {
	return cmp.Or(compareChanges(a.Change, b.Change), cmp.Compare(a.Reason, b.Reason))
}
