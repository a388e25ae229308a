package sidecar

import (
	"math"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/seatwright/clay-operator/internal/seat"
	pb "github.com/seatwright/clay-operator/internal/sidecar/sidecarpb"
)

// The largest evidence that travels, in bytes. A picture of a page in a normal window is well under a MiB; what is larger is
// left out, because the outcome that it comes with is worth more than the picture.
const (
	maxScreenshot = 4 << 20
	maxSnapshot   = 1 << 20
	maxReport     = 1 << 20
)

// maxMemberEmail is how much of a member's address travels, in bytes. It is well above what an address may have, so that one that is
// cut off is none.
const maxMemberEmail = 1 << 10

func encodeWorkspace(workspace Workspace) *pb.Workspace {
	encoded := &pb.Workspace{
		Id:            text(workspace.ID),
		AppUrl:        text(workspace.AppURL),
		LoginEmail:    text(string(workspace.Login.Email)),
		LoginPassword: []byte(workspace.Login.Password),
		Session:       workspace.Session,
		Evidence:      workspace.Evidence,
		NoLogin:       workspace.NoLogin,
		Locators:      text(workspace.Locators),
		IdentityProvider: &pb.IdentityProvider{
			Username:  text(workspace.Login.IdentityProvider.Username),
			Password:  []byte(workspace.Login.IdentityProvider.Password),
			OtpSecret: []byte(workspace.Login.IdentityProvider.OTPSecret),
		},
		Mailbox: &pb.Mailbox{
			Address:  text(workspace.Login.Mailbox.Address),
			Username: text(workspace.Login.Mailbox.Username),
			Password: []byte(workspace.Login.Mailbox.Password),
		},
	}
	if !workspace.NotAfter.IsZero() {
		encoded.NotAfter = timestamppb.New(workspace.NotAfter)
	}
	return encoded
}

func encodeChanges(changes []seat.Change) []*pb.Change {
	encoded := make([]*pb.Change, 0, len(changes))
	for _, change := range changes {
		encoded = append(encoded, &pb.Change{
			Verb:     verbs.encode(change.Verb),
			Email:    text(string(change.Email)),
			MemberId: text(change.MemberID),
			Role:     roles.encode(change.Role),
			From:     roles.encode(change.From),
			Owner:    text(change.Owner),
			Resend:   change.Resend,
			Groups:   texts(change.Groups.List()),
			Budgets:  texts(change.Budgets.List()),
		})
	}
	return encoded
}

func encodeEnding(observation Observation, fault *Fault) *pb.Ending {
	return &pb.Ending{Observation: encodeObservation(observation), Fault: encodeFault(fault)}
}

func encodeObservation(observation Observation) *pb.Observation {
	actions := make(map[string]int32, len(observation.Usage.Actions))
	for name, count := range observation.Usage.Actions {
		actions[text(name)] = small(count)
	}
	return &pb.Observation{
		Inventory:   encodeInventory(observation.Inventory),
		Session:     observation.Session,
		SignedIn:    observation.SignedIn,
		Unsandboxed: observation.Unsandboxed,
		Usage:       &pb.Usage{PageLoads: small(observation.Usage.PageLoads), Actions: actions},
		Evidence:    encodeEvidence(observation.Evidence),
		Overridden:  texts(observation.Overridden),
	}
}

func encodeInventory(inventory seat.Inventory) *pb.Inventory {
	members := make([]*pb.Member, 0, len(inventory.Members))
	for _, member := range inventory.Members {
		members = append(members, &pb.Member{
			Email:    bounded(string(member.Email), maxMemberEmail),
			Id:       text(member.ID),
			Name:     text(member.Name),
			Role:     roles.encode(member.Role),
			Presence: presences.encode(member.Presence),
		})
	}
	return &pb.Inventory{
		WorkspaceId: text(inventory.WorkspaceID),
		Members:     members,
		Complete:    inventory.Complete,
		Source:      sources.encode(inventory.Source),
		ReadAt:      encodeTime(inventory.ReadAt),
		Account:     text(string(inventory.Account)),
		Plan:        text(inventory.Plan),
		ClayVersion: text(inventory.ClayVersion),
	}
}

func encodeOutcome(outcome Outcome) *pb.Outcome {
	return &pb.Outcome{
		Index:  small(outcome.Index),
		Result: results.encode(outcome.Result),
		Fault:  encodeFault(outcome.Fault),
	}
}

func encodeFault(fault *Fault) *pb.Fault {
	if fault == nil {
		return nil
	}
	encoded := &pb.Fault{
		Class:    classes.encode(fault.Class),
		Reason:   text(fault.Reason),
		Message:  text(fault.Message),
		Evidence: encodeEvidence(fault.Evidence),

		Unanswered: fault.Unanswered,
	}
	if fault.After != 0 {
		encoded.After = durationpb.New(fault.After)
	}
	return encoded
}

func encodeEvidence(evidence *Evidence) *pb.Evidence {
	if evidence == nil {
		return nil
	}
	encoded := &pb.Evidence{Screenshot: evidence.Screenshot, Snapshot: text(evidence.Snapshot), Path: text(evidence.Path), Report: evidence.Report}
	if len(encoded.GetScreenshot()) > maxScreenshot {
		encoded.Screenshot = nil
	}
	if len(encoded.GetReport()) > maxReport {
		encoded.Report = nil
	}
	if len(encoded.GetSnapshot()) > maxSnapshot {
		encoded.Snapshot = text(encoded.GetSnapshot()[:maxSnapshot])
	}
	return encoded
}

func encodeTime(at time.Time) *timestamppb.Timestamp {
	if at.IsZero() {
		return nil
	}
	return timestamppb.New(at)
}

// text makes a string fit to travel: a protobuf string with a stray byte would fail the whole message.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func texts(list []string) []string {
	var fit []string
	for _, s := range list {
		fit = append(fit, text(s))
	}
	return fit
}

// bounded makes what Clay shows fit to travel, whatever it is, and cuts it off after some bytes.
func bounded(s string, most int) string {
	encoded := text(s)
	if len(encoded) > most {
		encoded = strings.ToValidUTF8(encoded[:most], "")
	}
	return encoded
}

// small makes a count fit into the protocol's. No real count comes near the bounds.
func small(n int) int32 { return int32(max(math.MinInt32, min(n, math.MaxInt32))) }
