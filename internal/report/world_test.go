package report

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/audit"
)

const (
	salesPath = "clay/sales"
	labsPath  = "clay/labs"
	salesID   = "4711"
)

var (
	noon  = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	since = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
)

// on is a time of the year in which the tests play.
func on(month time.Month, day, hour int) time.Time {
	return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
}

func kube(at time.Time) *metav1.Time { return &metav1.Time{Time: at} }

// user makes a ClayUser <name>@example.com with a seat.
func user(workspace, name string, role clayv1alpha1.Role, seat clayv1alpha1.Seat, changes ...func(*clayv1alpha1.ClayUser)) clayv1alpha1.ClayUser {
	made := clayv1alpha1.ClayUser{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "clay"},
		Spec: clayv1alpha1.ClayUserSpec{
			WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: workspace}, Email: name + "@example.com",
		},
		Status: clayv1alpha1.ClayUserStatus{Role: role, Seat: seat},
	}
	for _, change := range changes {
		change(&made)
	}
	return made
}

// spends gives a ClayUser a limit, zero for none, and what was used of it.
func spends(limit int64, usage clayv1alpha1.CreditUsage) func(*clayv1alpha1.ClayUser) {
	return func(u *clayv1alpha1.ClayUser) {
		u.Status.Access = &clayv1alpha1.UserAccess{Usage: &usage}
		if limit > 0 {
			u.Status.Access.MCPCreditLimit = &limit
		}
	}
}

func joined(at time.Time) func(*clayv1alpha1.ClayUser) {
	return func(u *clayv1alpha1.ClayUser) { u.Status.JoinedTime = kube(at) }
}

func invited(at time.Time, times int32) func(*clayv1alpha1.ClayUser) {
	return func(u *clayv1alpha1.ClayUser) { u.Status.InvitedTime, u.Status.InvitationsSent = kube(at), times }
}

func ends(at time.Time) func(*clayv1alpha1.ClayUser) {
	return func(u *clayv1alpha1.ClayUser) { u.Spec.ExpiresAt = kube(at) }
}

// applied is a change in a workspace that was made and is verified.
func applied(at time.Time, verb, person string) audit.Change {
	return audit.Change{
		Time: at, Workspace: salesPath, WorkspaceID: salesID, Person: person, Verb: audit.Verb(verb), Outcome: string(audit.ResultApplied), Verified: true,
	}
}

func outcome(change audit.Change, outcome string) audit.Change {
	change.Outcome = outcome
	return change
}

// world is what TestFiguresOfAWorld reckons by hand.
func world() Input {
	read := on(time.March, 31, 6)
	unverified := applied(on(time.March, 12, 13), "Invite", "ned@example.com")
	unverified.Verified = false
	elsewhere := applied(on(time.March, 12, 14), "Invite", "ned@example.com")
	elsewhere.WorkspaceID = "815"
	labs := applied(on(time.March, 20, 9), "Invite", "ivy@example.com")
	labs.Workspace, labs.WorkspaceID = labsPath, "12"
	return Input{
		Now: noon, Since: since, Until: noon,
		Trail:      Trail{Read: true, FirstTime: new(on(time.January, 5, 8)), LastTime: new(on(time.March, 31, 11))},
		Workspaces: []clayv1alpha1.ClayWorkspace{sales(), labsWorkspace()},
		Users: []clayv1alpha1.ClayUser{
			user("sales", "avery", clayv1alpha1.RoleAdmin, clayv1alpha1.SeatActive, joined(on(time.January, 5, 9)), spends(1000, clayv1alpha1.CreditUsage{
				Used: 120, Time: *kube(read), Since: kube(on(time.January, 6, 6)), LastIncrease: kube(on(time.March, 30, 6)),
			})),
			user("sales", "bo", clayv1alpha1.RoleEditor, clayv1alpha1.SeatActive, joined(on(time.January, 5, 9))),
			user("sales", "casey", clayv1alpha1.RoleEditor, clayv1alpha1.SeatActive, joined(on(time.January, 5, 9)), spends(0, clayv1alpha1.CreditUsage{
				Time: *kube(read), Since: kube(on(time.January, 6, 6)), LastIncrease: kube(on(time.February, 10, 9)),
			})),
			user("sales", "dana", clayv1alpha1.RoleViewer, clayv1alpha1.SeatActive, joined(on(time.February, 1, 9)), spends(2000, clayv1alpha1.CreditUsage{
				Used: 2000, Time: *kube(read), Since: kube(on(time.February, 2, 6)), LastIncrease: kube(on(time.March, 29, 6)),
			}), ends(on(time.April, 10, 12))),
			user("sales", "eli", clayv1alpha1.RoleSalesRep, clayv1alpha1.SeatActive, joined(on(time.March, 20, 9)), spends(0, clayv1alpha1.CreditUsage{
				Time: *kube(read), Since: kube(on(time.March, 20, 9)),
			})),
			user("sales", "fay", clayv1alpha1.RoleEditor, clayv1alpha1.SeatPending, invited(on(time.March, 3, 12), 2)),
			user("sales", "gus", clayv1alpha1.RoleViewer, clayv1alpha1.SeatPending, invited(on(time.March, 30, 12), 1)),
			user("labs", "ivy", clayv1alpha1.RoleEditor, clayv1alpha1.SeatActive, ends(on(time.March, 30, 13))),
			user("elsewhere", "zoe", clayv1alpha1.RoleAdmin, clayv1alpha1.SeatActive),
		},
		Groups: []clayv1alpha1.ClayGroup{{
			ObjectMeta: metav1.ObjectMeta{Name: "emea", Namespace: "clay"},
			Spec: clayv1alpha1.ClayGroupSpec{
				WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: "sales"}, DisplayName: "EMEA", Mirror: true,
				Members: []clayv1alpha1.GroupMember{{Name: "avery"}, {Name: "casey"}, {Name: "nobody"}},
			},
			Status: clayv1alpha1.ClayGroupStatus{Mirrored: new(int32(2))},
		}},
		Changes: []audit.Change{
			applied(on(time.February, 28, 23), "Invite", "early@example.com"),
			applied(on(time.March, 3, 10), "Invite", "fay@example.com"),
			applied(on(time.March, 3, 10).Add(30*time.Minute), string(access.AddToGroup), "fay@example.com"),
			applied(on(time.March, 3, 11), "SetRole", "fay@example.com"),
			applied(on(time.March, 10, 8), "CancelInvitation", "fay@example.com"),
			applied(on(time.March, 10, 8).Add(time.Second), "Invite", "fay@example.com"),
			applied(on(time.March, 11, 8), "Remove", "hal@example.com"),
			applied(on(time.March, 12, 8), string(access.CreateGroup), ""),
			applied(on(time.March, 12, 8), string(access.SetDefaultLimit), ""),
			outcome(applied(on(time.March, 12, 10), "Invite", "ned@example.com"), string(audit.ResultAlreadyThere)),
			outcome(applied(on(time.March, 12, 11), "Invite", "ned@example.com"), string(audit.ResultFailed)),
			outcome(applied(on(time.March, 12, 12), "Invite", "ned@example.com"), audit.OutcomeMissing),
			unverified,
			elsewhere,
			applied(on(time.March, 13, 8), string(audit.VerbLogIn), "operator@example.com"),
			labs,
			applied(noon, "Invite", "late@example.com"),
		},
	}
}

func sales() clayv1alpha1.ClayWorkspace {
	return clayv1alpha1.ClayWorkspace{
		ObjectMeta: metav1.ObjectMeta{Name: "sales", Namespace: "clay"},
		Spec: clayv1alpha1.ClayWorkspaceSpec{WorkspaceID: salesID, Cost: &clayv1alpha1.Cost{
			Currency: "USD", PlanPerMonth: "720", HourlyRate: "59.50", MinutesPerChange: new(int32(25)),
		}},
		Status: clayv1alpha1.ClayWorkspaceStatus{
			Plan: "Enterprise", LastReadTime: kube(noon.Add(-5 * time.Minute)),
			Seats: &clayv1alpha1.SeatCounts{Active: 7, Pending: 3, Admins: 2, Managed: 7, Unmanaged: 3},
			UnmanagedMembers: []clayv1alpha1.UnmanagedMember{
				{Email: "xena@example.com", Role: clayv1alpha1.RoleAdmin, Seat: clayv1alpha1.SeatActive, Since: kube(on(time.February, 1, 12))},
				{Email: "yuri@example.com", Role: clayv1alpha1.RoleEditor, Seat: clayv1alpha1.SeatActive},
				{Email: "zack@example.com", Seat: clayv1alpha1.SeatPending, Since: kube(on(time.March, 1, 12))},
			},
			Access: &clayv1alpha1.WorkspaceAccess{LastReadTime: kube(noon.Add(-5 * time.Minute)), Budgets: []clayv1alpha1.OwnedBudget{
				{Name: "Outbound", CreditLimit: 1000, Used: 749}, {Name: "Research", CreditLimit: 1000, Used: 750},
				{Name: "Ops", CreditLimit: 100, Used: 100}, {Name: "Closed"},
			}},
		},
	}
}

func labsWorkspace() clayv1alpha1.ClayWorkspace {
	return clayv1alpha1.ClayWorkspace{
		ObjectMeta: metav1.ObjectMeta{Name: "labs", Namespace: "clay"},
		Spec:       clayv1alpha1.ClayWorkspaceSpec{WorkspaceID: "12", Cost: &clayv1alpha1.Cost{Currency: "USD", PlanPerMonth: "0.10"}},
		Status: clayv1alpha1.ClayWorkspaceStatus{
			Plan: "Launch", LastReadTime: kube(noon.Add(-2 * time.Hour)),
			Seats: &clayv1alpha1.SeatCounts{Active: 3, Admins: 1, Managed: 1, Unmanaged: 2},
		},
	}
}
