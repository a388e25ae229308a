package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/audit"
)

// TestFiguresOfAWorld compares the figures with a calculation by hand.
func TestFiguresOfAWorld(t *testing.T) {
	report := Build(world())
	if len(report.Workspaces) != 2 || report.Workspaces[0].path() != labsPath || report.Workspaces[1].path() != salesPath {
		t.Fatalf("workspaces: %+v", report.Workspaces)
	}
	labs, sales := &report.Workspaces[0], &report.Workspaces[1]

	// 5 ClayUsers have a seat, and 2 strangers: 7. 2 ClayUsers are invited, and 1 stranger: 3. By role, ClayUsers + strangers:
	// Admin avery + xena = 2, Editor bo, casey + yuri = 3, invited fay = 1, Viewer dana = 1, invited gus = 1, SalesRep eli = 1; zack's role is not known.
	seats := Seats{
		Active: 7, Pending: 3, Admins: 2, Managed: 7, Unmanaged: 3, UnmanagedActive: 2, ByRole: []RoleCount{
			{Role: "Admin", Active: 2},
			{Role: "Editor", Active: 3, Pending: 1},
			{Role: "Viewer", Active: 1, Pending: 1},
			{Role: "SalesRep", Active: 1},
			{Role: "", Pending: 1},
		},
	}
	if diff := cmp.Diff(seats, sales.Figures.Seats); diff != "" {
		t.Errorf("seats (-want +got):\n%s", diff)
	}

	// 30 days before 31 March, 12:00, is 1 March, 12:00. avery and dana used something after it. casey used nothing since 10 February. Of bo nothing is
	// shown, and eli has the seat since 20 March only: unknown, both.
	use := Use{Used: 2, Unused: 1, Unknown: 2, Reasons: []UnknownUse{{useNotShown, 1}, {useNotLong, 1}}}
	if diff := cmp.Diff(use, sales.Figures.Use); diff != "" {
		t.Errorf("use (-want +got):\n%s", diff)
	}

	// 8 of the changes in sales were applied, are verified and lie in the period: fay invited, put into a group and given a role, invited anew (2),
	// hal removed, a group and a default limit. As work by hand: fay at 10:00 and 10:30 is 1, at 11:00 is 1 (an hour later), the
	// invitation anew is 1, hal is 1, the group and the limit are 1 each: 6. 6 × 25 minutes = 150 minutes = 2.5 hours.
	work := Work{
		Changes: 8, Tasks: 6, HoursByHand: "2.50",
		ByVerb: []VerbCount{
			{"Invite", 2}, {"SetRole", 1}, {"Remove", 1}, {"CancelInvitation", 1}, {"CreateGroup", 1}, {"SetDefaultLimit", 1}, {"AddToGroup", 1},
		},
		// 1 March 2026 is a Sunday, so that its week began on 23 February.
		Buckets: []Bucket{
			{Start: on(time.February, 23, 0)},
			{Start: on(time.March, 2, 0), Invitations: 1, Roles: 1, Access: 1},
			{Start: on(time.March, 9, 0), Invitations: 1, Removals: 2, Access: 2},
			{Start: on(time.March, 16, 0)}, {Start: on(time.March, 23, 0)}, {Start: on(time.March, 30, 0)},
		},
		Others: Others{AlreadyThere: 1, Failed: 1, Unknown: 1, NotVerified: 1},
	}
	if diff := cmp.Diff(work, sales.Figures.Work); diff != "" {
		t.Errorf("work (-want +got):\n%s", diff)
	}

	// A seat is 720 ÷ 7 = 102.857142…, rounded 102.86. 1 unused seat is that, too. 2 unmanaged seats with a seat are 1440 ÷ 7 = 205.714285…, rounded
	// 205.71, and not twice 102.86. 2.5 hours × 59.50 = 148.75.
	money := Money{
		Currency: "USD", PlanPerMonth: "720.00", PerActiveSeat: "102.86", UnusedSeats: "102.86", UnmanagedSeats: "205.71", ByHand: "148.75",
	}
	if diff := cmp.Diff(money, sales.Money); diff != "" {
		t.Errorf("money (-want +got):\n%s", diff)
	}

	// labs: 0.10 ÷ 3 = 0.0333…, rounded 0.03. Nothing is known of anybody's use, so there is no amount for it; none of the 2 strangers is listed, so
	// that their seats cost at least nothing.
	money = Money{Currency: "USD", PlanPerMonth: "0.10", PerActiveSeat: "0.03", UnmanagedSeats: "0.00", Missing: []MissingPrice{
		{Field: "spec.cost.minutesPerChange", Figures: "the hours, and what they cost, that the changes would have taken by hand"},
		{Field: "spec.cost.hourlyRate", Figures: "what the changes would have cost by hand"},
	}}
	if diff := cmp.Diff(money, labs.Money); diff != "" {
		t.Errorf("money of labs (-want +got):\n%s", diff)
	}
	if got := labs.Figures.Seats; got.UnmanagedUnlisted != 2 || got.UnmanagedActive != 0 {
		t.Errorf("strangers of labs that are not listed: %+v", got)
	}

	// In sum: 720 + 0.10 = 720.10; ÷ (7 + 3) seats = 72.01. 8 + 1 changes, 6 + 1 tasks; the hours are those of sales alone.
	total := report.Total.Figures
	if total.Work.Changes != 9 || total.Work.Tasks != 7 || total.Work.HoursByHand != "2.50" || total.Work.Buckets[3].Invitations != 1 {
		t.Errorf("work in sum: %+v", total.Work)
	}
	if total.Seats.Active != 10 || total.Seats.Pending != 3 || total.Seats.Unmanaged != 5 || total.Use.Unknown != 3 {
		t.Errorf("seats in sum: %+v, %+v", total.Seats, total.Use)
	}
	sums := []Money{{
		Currency: "USD", PlanPerMonth: "720.10", PerActiveSeat: "72.01", UnusedSeats: "102.86", UnmanagedSeats: "205.71", ByHand: "148.75",
		Missing: labs.Money.Missing,
	}}
	for i := range sums[0].Missing {
		sums[0].Missing[i].Workspace = labsPath
	}
	if diff := cmp.Diff(sums, report.Total.Money); diff != "" {
		t.Errorf("money in sum (-want +got):\n%s", diff)
	}
}

// shown is a finding in a line.
func shown(found *Finding) string {
	return fmt.Sprintf("%s %s %s", found.Kind, found.Name, found.detail())
}

func TestFindingsOfAWorld(t *testing.T) {
	report := Build(world())
	var got []string
	for i := range report.Workspaces {
		for k := range report.Workspaces[i].Findings {
			got = append(got, report.Workspaces[i].Name+": "+shown(&report.Workspaces[i].Findings[k]))
		}
	}
	want := []string{
		"labs: ExpiringAccess ivy@example.com should have gone 1 day ago",
		"sales: UnmanagedMember xena@example.com for 58 days", // 28 - 1 of February + 31 of March
		"sales: UnmanagedMember zack@example.com for 30 days",
		"sales: UnmanagedMember yuri@example.com ",
		"sales: OpenInvitation fay@example.com for 28 days, invited 2 times",
		"sales: OpenInvitation gus@example.com for 1 day, invited 1 time",
		"sales: UnusedSeat casey@example.com for 49 days", // 28 - 10 of February + 31 of March, and 3 hours
		"sales: ExpiringAccess dana@example.com goes in 10 days",
		"sales: OverCreditLimit dana@example.com 2,000 of 2,000 (100 %)",
		"sales: BudgetNearLimit Ops 100 of 100 (100 %)",
		"sales: BudgetNearLimit Research 750 of 1,000 (75 %)",
		"sales: MissingInGroup nobody in the group EMEA",
		"sales: Admin xena@example.com ",
		"sales: Admin avery@example.com for 85 days", // 31 - 5 of January + 28 + 31, and 3 hours
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	sales := report.Workspaces[1]
	if f := sales.Figures; f.OverLimit != 1 || f.BudgetsAtLimit != 1 || f.BudgetsNear != 1 || f.ExpiringAccess != 1 || f.MissingInGroups != 1 {
		t.Errorf("figures: %+v", f)
	}
	if diff := cmp.Diff([]Group{{Name: "EMEA", Members: 3, Active: 2, Mirrored: new(2)}}, sales.Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	var credits []string
	for _, credit := range sales.Credits {
		credits = append(credits, fmt.Sprintf("%s %s %s", credit.Of, credit.Name, credit.describe()))
	}
	want = []string{
		"Budget Ops 100 of 100 (100 %)", "Budget Research 750 of 1,000 (75 %)", "Budget Outbound 749 of 1,000 (74 %)", "Budget Closed 0 of 0",
		"Person dana@example.com 2,000 of 2,000 (100 %)", "Person avery@example.com 120 of 1,000 (12 %)",
	}
	if diff := cmp.Diff(want, credits); diff != "" {
		t.Errorf("credits (-want +got):\n%s", diff)
	}
}

func TestUse(t *testing.T) {
	read := kube(noon.Add(-time.Hour))
	used := func(used int64, since, increase *time.Time) *clayv1alpha1.CreditUsage {
		usage := &clayv1alpha1.CreditUsage{Used: used, Time: *read}
		if since != nil {
			usage.Since = kube(*since)
		}
		if increase != nil {
			usage.LastIncrease = kube(*increase)
		}
		return usage
	}
	stale := used(0, new(on(time.January, 1, 0)), nil)
	stale.Time = *kube(noon.Add(-49 * time.Hour))
	staleAndUsed := used(7, nil, new(on(time.March, 20, 0)))
	staleAndUsed.Time = stale.Time
	for name, test := range map[string]struct {
		usage  *clayv1alpha1.CreditUsage
		days   int
		joined time.Time
		// want is since when it is unused, "used", or why it is not known.
		want string
	}{
		"nothing is shown":                                  {nil, 30, time.Time{}, useNotShown},
		"used today":                                        {used(5, nil, new(noon.Add(-time.Hour))), 30, time.Time{}, "used"},
		"used on the first of the days":                     {used(5, nil, new(on(time.March, 1, 12))), 30, time.Time{}, "used"},
		"used just before them":                             {used(0, nil, new(on(time.March, 1, 11))), 30, time.Time{}, "2026-03-01"},
		"used long ago":                                     {used(0, nil, new(on(time.January, 9, 0))), 30, time.Time{}, "2026-01-09"},
		"used in a month that lies in the days":             {used(5, nil, nil), 31, time.Time{}, "used"},
		"used on some day of the month":                     {used(5, nil, nil), 7, time.Time{}, useDayUnsure},
		"used on some day, and quiet since the first look":  {used(5, new(on(time.March, 10, 0)), nil), 7, time.Time{}, "2026-03-10"},
		"used on some day, and the first look is recent":    {used(5, new(on(time.March, 28, 0)), nil), 7, time.Time{}, useDayUnsure},
		"used this month after an increase of another":      {used(5, nil, new(on(time.February, 9, 0))), 7, time.Time{}, useDayUnsure},
		"used nothing, and looked at for long":              {used(0, new(on(time.January, 9, 0)), nil), 30, time.Time{}, "2026-01-09"},
		"used nothing, and looked at since yesterday":       {used(0, new(on(time.March, 30, 0)), nil), 30, on(time.January, 1, 0), "2026-03-01"},
		"used nothing in the month, of which Clay tells":    {used(0, nil, nil), 7, time.Time{}, "2026-03-01"},
		"used nothing in the month, which is too short":     {used(0, nil, nil), 31, time.Time{}, useNotLong},
		"used nothing, and came yesterday":                  {used(0, nil, nil), 7, on(time.March, 30, 0), useNotLong},
		"used nothing at a reading that is too old":         {stale, 30, time.Time{}, useNotRead},
		"used in the days, at a reading that is old itself": {staleAndUsed, 30, time.Time{}, "used"},
	} {
		t.Run(name, func(t *testing.T) {
			person := user("sales", "jo", clayv1alpha1.RoleEditor, clayv1alpha1.SeatActive)
			if test.usage != nil {
				person.Status.Access = &clayv1alpha1.UserAccess{Usage: test.usage}
			}
			if !test.joined.IsZero() {
				person.Status.JoinedTime = kube(test.joined)
			}
			b := &builder{input: &Input{Now: noon, UnusedDays: test.days}}
			since, reason := b.unusedSince(&person)
			got := reason
			switch {
			case reason == "" && since == nil:
				got = "used"
			case reason == "":
				got = date(since)
			}
			if got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// TestLimitsOfLastMonthAreOver has a reading that was made before Clay began to count anew.
func TestLimitsOfLastMonthAreOver(t *testing.T) {
	input := world()
	input.Users = []clayv1alpha1.ClayUser{
		user("sales", "jo", clayv1alpha1.RoleEditor, clayv1alpha1.SeatActive, spends(10, clayv1alpha1.CreditUsage{
			Used: 10, Time: *kube(since.Add(-time.Second)),
		})),
		user("sales", "kim", clayv1alpha1.RoleEditor, clayv1alpha1.SeatActive, spends(10, clayv1alpha1.CreditUsage{Used: 11, Time: *kube(since)})),
		user("sales", "lea", clayv1alpha1.RoleEditor, clayv1alpha1.SeatAbsent, spends(10, clayv1alpha1.CreditUsage{Used: 12, Time: *kube(since)})),
	}
	// A limit of nothing is reached by whoever used something, and by nobody else.
	for name, used := range map[string]int64{"max": 0, "ned": 1} {
		person := user("sales", name, clayv1alpha1.RoleEditor, clayv1alpha1.SeatActive, spends(1, clayv1alpha1.CreditUsage{Used: used, Time: *kube(since)}))
		person.Status.Access.MCPCreditLimit = new(int64(0))
		input.Users = append(input.Users, person)
	}
	var got []string
	for _, found := range Build(input).Workspaces[1].Findings {
		if found.Kind == OverCreditLimit {
			got = append(got, shown(&found))
		}
	}
	want := []string{"OverCreditLimit ned@example.com 1 of 0", "OverCreditLimit kim@example.com 11 of 10 (110 %)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	input := world()
	input.Workspaces = input.Workspaces[:1]
	input.Workspaces[0].Spec.Cost = nil
	report := Build(input)
	money := report.Workspaces[0].Money
	var fields []string
	for _, missing := range money.Missing {
		fields = append(fields, missing.Field)
	}
	want := []string{"spec.cost.planPerMonth", "spec.cost.minutesPerChange", "spec.cost.hourlyRate", "spec.cost.currency"}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if money.PlanPerMonth+money.PerActiveSeat+money.UnusedSeats+money.UnmanagedSeats+money.ByHand+report.Workspaces[0].Figures.Work.HoursByHand != "" {
		t.Errorf("amounts out of nothing: %+v", money)
	}
	if report.Workspaces[0].Figures.Work.Tasks != 6 {
		t.Errorf("the tasks need no price: %+v", report.Workspaces[0].Figures.Work)
	}

	input.Workspaces[0].Spec.Cost = &clayv1alpha1.Cost{Currency: "USD", PlanPerMonth: "1e9", HourlyRate: "1/3", MinutesPerChange: new(int32(1))}
	money = Build(input).Workspaces[0].Money
	if money.PlanPerMonth != "" || money.ByHand != "" || len(money.Missing) != 2 {
		t.Errorf("prices that are none: %+v", money)
	}
}

func TestCurrenciesAreNotMixed(t *testing.T) {
	input := world()
	input.Workspaces[1].Spec.Cost.Currency = "EUR"
	sums := Build(input).Total.Money
	if len(sums) != 2 || sums[0].Currency != "EUR" || sums[0].PlanPerMonth != "0.10" || sums[1].Currency != "USD" || sums[1].PlanPerMonth != "720.00" {
		t.Errorf("sums: %+v", sums)
	}
}

func TestAmountsAreExact(t *testing.T) {
	for name, test := range map[string]struct {
		plan   string
		active int32
		want   string
	}{
		"half a cent is rounded up":      {"0.01", 2, "0.01"},
		"less is not":                    {"0.01", 3, "0.00"},
		"no power of two":                {"0.30", 3, "0.10"},
		"as large as the field allows":   {"9999999999999999", 1, "9999999999999999.00"},
		"a third of what a float misses": {"4503599627370497.5", 1, "4503599627370497.50"},
		"nobody to share it":             {"10", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			input := world()
			input.Workspaces = input.Workspaces[:1]
			input.Workspaces[0].Spec.Cost.PlanPerMonth, input.Workspaces[0].Status.Seats.Active = test.plan, test.active
			if got := Build(input).Workspaces[0].Money.PerActiveSeat; got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestSpans(t *testing.T) {
	day := func(text string) time.Time {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for name, test := range map[string]struct {
		since, until string
		count        int
		first, last  string
	}{
		"from a Monday for a week": {"2026-03-02", "2026-03-09", 1, "2026-03-02", "2026-03-02"},
		"from a Sunday":            {"2026-03-01", "2026-03-10", 3, "2026-02-23", "2026-03-09"},
		"over the end of a year":   {"2025-12-31", "2026-01-06", 2, "2025-12-29", "2026-01-05"},
		"a year":                   {"2025-03-31", "2026-03-31", 53, "2025-03-31", "2026-03-30"},
		"two years, by month":      {"2024-03-31", "2026-03-31", 25, "2024-03-01", "2026-03-01"},
	} {
		t.Run(name, func(t *testing.T) {
			spans := spansOf(day(test.since), day(test.until))
			if len(spans) != test.count || spans[0] != day(test.first) || spans[len(spans)-1] != day(test.last) {
				t.Errorf("%d from %s to %s", len(spans), spans[0], spans[len(spans)-1])
			}
		})
	}
}

// TestEveryVerbIsCountedOrNot fails once the trail gets a verb that nobody has thought about here.
func TestEveryVerbIsCountedOrNot(t *testing.T) {
	own := []audit.Verb{
		audit.VerbApproveRemovals, audit.VerbLogIn, audit.VerbOverrideLocators, audit.VerbKeepEvidence, audit.VerbRemoveOldRecords, audit.VerbMendHead,
	}
	counted := map[audit.Verb]bool{}
	for _, verb := range Counted() {
		counted[verb] = true
	}
	for _, verb := range own {
		if counted[verb] {
			t.Errorf("%s is no work that anybody would do by hand", verb)
		}
	}
	if len(counted) != 17 {
		t.Errorf("%d verbs are counted, and docs/report.md names 17", len(counted))
	}
}

func TestEmptyCluster(t *testing.T) {
	report := Build(Input{Now: noon, Since: since, Until: noon, Trail: Trail{Problem: "there is none."}})
	for name, text := range render(t, report) {
		want := map[string]string{"table": "from 2026-03-01T00:00:00Z", "html": "31 March 2026, 12:00 UTC", "csv": "there is none."}[name]
		if !strings.Contains(text, want) {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	if report.Workspaces == nil || report.Total.Money == nil || len(report.Notes) != 1 || !strings.Contains(report.Notes[0], "there is none") {
		t.Errorf("report: %+v", report)
	}
}

func TestNotesAboutTheTrail(t *testing.T) {
	for name, test := range map[string]struct {
		trail Trail
		want  string
	}{
		"not read":           {Trail{Problem: "it is away."}, "Nothing is known of the changes in the period: it is away."},
		"broken":             {Trail{Read: true, Problem: "it breaks.", FirstTime: &since}, "not verified are not counted: it breaks."},
		"empty":              {Trail{Read: true}, "The trail is empty"},
		"younger":            {Trail{Read: true, FirstTime: new(on(time.March, 2, 0))}, "The trail begins at 2026-03-02T00:00:00Z"},
		"older and in order": {Trail{Read: true, FirstTime: new(on(time.January, 2, 0))}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			input := world()
			input.Trail = test.trail
			report := Build(input)
			if notes := strings.Join(report.Notes, " "); !strings.Contains(notes, test.want) || test.want == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, test.want)
			}
			work, byHand := report.Total.Figures.Work, report.Workspaces[1].Money.ByHand
			if !test.trail.Read && (work.Changes != 0 || work.HoursByHand != "" || byHand != "") {
				t.Errorf("work out of nothing: %+v", work)
			}
		})
	}
}
