package sidecar

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/seatwright/clay-operator/internal/seat"
	pb "github.com/seatwright/clay-operator/internal/sidecar/sidecarpb"
)

// reasonPattern is what the reason of a condition looks like. Kubernetes accepts a little more; ours are words.
var reasonPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,63}$`)

func decodeWorkspace(workspace *pb.Workspace) Workspace {
	decoded := Workspace{
		ID:     workspace.GetId(),
		AppURL: workspace.GetAppUrl(),
		Login: Login{
			Email:    seat.Email(workspace.GetLoginEmail()),
			Password: Password(workspace.GetLoginPassword()),
			IdentityProvider: IdentityProvider{
				Username:  workspace.GetIdentityProvider().GetUsername(),
				Password:  Password(workspace.GetIdentityProvider().GetPassword()),
				OTPSecret: Password(workspace.GetIdentityProvider().GetOtpSecret()),
			},
			Mailbox: Mailbox{
				Address:  workspace.GetMailbox().GetAddress(),
				Username: workspace.GetMailbox().GetUsername(),
				Password: Password(workspace.GetMailbox().GetPassword()),
			},
		},
		Session:  decodeBytes(workspace.GetSession()),
		NoLogin:  workspace.GetNoLogin(),
		Locators: workspace.GetLocators(),
		Evidence: workspace.GetEvidence(),
	}
	if notAfter := workspace.GetNotAfter(); notAfter != nil {
		decoded.NotAfter = notAfter.AsTime()
	}
	return decoded
}

func decodeChanges(changes []*pb.Change) ([]seat.Change, error) {
	var decoded []seat.Change
	for index, change := range changes {
		verb, verbErr := verbs.decode(change.GetVerb())
		role, roleErr := roles.decode(change.GetRole())
		from, fromErr := roles.decode(change.GetFrom())
		groups, groupsErr := decodeNames("group", change.GetGroups())
		budgets, budgetsErr := decodeNames("budget", change.GetBudgets())
		if err := errors.Join(verbErr, roleErr, fromErr, groupsErr, budgetsErr); err != nil {
			return nil, fmt.Errorf("change %d: %w", index, err)
		}
		decoded = append(decoded, seat.Change{
			Verb:     verb,
			Email:    seat.Email(change.GetEmail()),
			MemberID: change.GetMemberId(),
			Role:     role,
			From:     from,
			Owner:    change.GetOwner(),
			Resend:   change.GetResend(),
			Groups:   groups,
			Budgets:  budgets,
		})
	}
	return decoded, nil
}

// decodeNames makes a set of names. A name of more lines would become several.
func decodeNames(what string, names []string) (seat.Names, error) {
	for _, name := range names {
		if !isOneLine(name, maxName) {
			return "", fmt.Errorf("the name of a %s is empty, longer than %d bytes, or not one line", what, maxName)
		}
	}
	return seat.NewNames(names), nil
}

// decodeEnding returns what a call ended with. The error says that the message breaks the contract; nothing of it is used then.
func decodeEnding(ending *pb.Ending, workspaceID string) (AccessObservation, *Fault, error) {
	fault, faultErr := decodeFault(ending.GetFault())
	observation, observationErr := decodeObservation(ending.GetObservation())
	state, stateErr := decodeState(ending.GetAccess())
	faults, faultsErr := decodeSectionFaults(ending.GetSectionFaults())
	if err := errors.Join(faultErr, observationErr, stateErr, faultsErr); err != nil {
		return AccessObservation{}, nil, err
	}
	inventory := observation.Inventory
	unread := inventory.WorkspaceID == "" && len(inventory.Members) == 0 && !inventory.Complete
	switch {
	case ending == nil:
		return AccessObservation{}, nil, errors.New("the answer is empty")
	case inventory.WorkspaceID != workspaceID && !unread, state.WorkspaceID != workspaceID && !isUnread(state):
		return AccessObservation{}, nil, errors.New("the answer is about another workspace than the question")
	case inventory.Complete && inventory.ReadAt.IsZero():
		return AccessObservation{}, nil, errors.New("a complete inventory says not when it was read")
	case state.ReadAt.IsZero() && !isUnread(state):
		return AccessObservation{}, nil, errors.New("a reading of access says not when it was made")
	}
	return AccessObservation{Observation: observation, State: state, Faults: faults}, fault, nil
}

func decodeObservation(observation *pb.Observation) (Observation, error) {
	inventory, err := decodeInventory(observation.GetInventory())
	if err != nil {
		return Observation{}, err
	}
	decoded := Observation{
		Inventory:   inventory,
		Session:     decodeBytes(observation.GetSession()),
		SignedIn:    observation.GetSignedIn(),
		Unsandboxed: observation.GetUnsandboxed(),
		Usage:       Usage{PageLoads: int(observation.GetUsage().GetPageLoads())},
		Evidence:    decodeEvidence(observation.GetEvidence()),
		Overridden:  observation.GetOverridden(),
	}
	if actions := observation.GetUsage().GetActions(); len(actions) > 0 {
		decoded.Usage.Actions = make(map[string]int, len(actions))
		for name, count := range actions {
			decoded.Usage.Actions[name] = int(count)
		}
	}
	return decoded, nil
}

func decodeInventory(inventory *pb.Inventory) (seat.Inventory, error) {
	source, err := sources.decode(inventory.GetSource())
	if err != nil {
		return seat.Inventory{}, err
	}
	members, err := decodeMembers(inventory.GetMembers())
	if err != nil {
		return seat.Inventory{}, err
	}
	return seat.Inventory{
		WorkspaceID: inventory.GetWorkspaceId(),
		Members:     members,
		Complete:    inventory.GetComplete(),
		Source:      source,
		ReadAt:      decodeTime(inventory.GetReadAt()),
		Account:     seat.Email(inventory.GetAccount()),
		Plan:        inventory.GetPlan(),
		ClayVersion: inventory.GetClayVersion(),
	}, nil
}

// decodeMembers refuses what no list can hold. Lines that share an address, and addresses that cannot be read, are what Clay shows:
// seat.Plan sees them as ambiguous, and one odd line must not cost the whole workspace. The errors name places, not addresses, because
// the manager logs them.
func decodeMembers(members []*pb.Member) ([]seat.Member, error) {
	var decoded []seat.Member
	for index, member := range members {
		role, roleErr := roles.decode(member.GetRole())
		presence, presenceErr := presences.decode(member.GetPresence())
		if err := errors.Join(roleErr, presenceErr); err != nil {
			return nil, fmt.Errorf("member %d: %w", index, err)
		}
		if len(member.GetEmail()) > maxMemberEmail {
			return nil, fmt.Errorf("member %d has an e-mail address of more than %d bytes", index, maxMemberEmail)
		}
		decoded = append(decoded, seat.Member{
			Email: seat.Email(member.GetEmail()), ID: member.GetId(), Name: member.GetName(), Role: role, Presence: presence,
		})
	}
	return decoded, nil
}

func decodeOutcome(outcome *pb.Outcome) (Outcome, error) {
	result, resultErr := results.decode(outcome.GetResult())
	fault, faultErr := decodeFault(outcome.GetFault())
	if err := errors.Join(resultErr, faultErr); err != nil {
		return Outcome{}, err
	}
	if needsFault := result == Failed || result == Unknown; needsFault != (fault != nil) {
		return Outcome{}, fmt.Errorf("an outcome %s must come with a fault only if it is %s or %s", result, Failed, Unknown)
	}
	return Outcome{Index: int(outcome.GetIndex()), Result: result, Fault: fault}, nil
}

func decodeFault(fault *pb.Fault) (*Fault, error) {
	if fault == nil {
		return nil, nil //nolint:nilnil // Most answers hold no fault.
	}
	class, err := classes.decode(fault.GetClass())
	if err != nil {
		return nil, err
	}
	if !reasonPattern.MatchString(fault.GetReason()) {
		return nil, errors.New("the reason of a fault is not a word")
	}
	return &Fault{
		Class:    class,
		Reason:   fault.GetReason(),
		Message:  fault.GetMessage(),
		After:    max(0, fault.GetAfter().AsDuration()),
		Evidence: decodeEvidence(fault.GetEvidence()),

		Unanswered: fault.GetUnanswered(),
	}, nil
}

func decodeEvidence(evidence *pb.Evidence) *Evidence {
	if evidence == nil {
		return nil
	}
	return &Evidence{
		Screenshot: decodeBytes(evidence.GetScreenshot()),
		Snapshot:   evidence.GetSnapshot(),
		Path:       evidence.GetPath(),
		Report:     decodeBytes(evidence.GetReport()),
	}
}

func decodeTime(at *timestamppb.Timestamp) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.AsTime()
}

// decodeBytes makes no bytes nil, as they were before they travelled.
func decodeBytes(data []byte) []byte {
	if len(data) == 0 {
		return nil
	}
	return data
}
