package report

import (
	"cmp"
	"math/big"
	"regexp"
	"slices"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

const (
	// places of an amount and of hours.
	places        = 2
	minutesInHour = 60
)

// decimal is what a price must look like. Rat would take "1/3" and "1e9" as well.
var decimal = regexp.MustCompile(`^[0-9]{1,16}([.][0-9]{1,2})?$`)

// parsePrice returns the exact value of a price, or nil where there is none.
func parsePrice(text string) *big.Rat {
	if !decimal.MatchString(text) {
		return nil
	}
	price, _ := new(big.Rat).SetString(text)
	return price
}

// format writes a value with two places, rounded half up; empty for nil. There are no values below zero.
func format(value *big.Rat) string {
	if value == nil {
		return ""
	}
	return value.FloatString(places)
}

// times multiplies a value, where there is one.
func times(value *big.Rat, number int) *big.Rat {
	if value == nil {
		return nil
	}
	return new(big.Rat).Mul(value, new(big.Rat).SetInt64(int64(number)))
}

// share divides a value, where there is one and somebody to share it.
func share(value *big.Rat, among int) *big.Rat {
	if value == nil || among == 0 {
		return nil
	}
	return new(big.Rat).Quo(value, new(big.Rat).SetInt64(int64(among)))
}

// ledger holds exact values, which are rounded only where they are written.
type ledger struct {
	currency        string
	plan, rate      *big.Rat
	minutes         *int32
	unused, strange *big.Rat
	// hours by hand, and what they cost.
	hours, byHand *big.Rat
	// active are the seats that share the plan's price.
	active  int
	missing []MissingPrice
}

// reckon works out the money of the workspace.
func (b *builder) reckon() {
	cost := b.workspace.Spec.Cost
	if cost == nil {
		cost = &clayv1alpha1.Cost{}
	}
	figures := &b.result.Figures
	l := ledger{
		currency: cost.Currency, plan: parsePrice(cost.PlanPerMonth), rate: parsePrice(cost.HourlyRate), minutes: cost.MinutesPerChange,
		active: figures.Seats.Active,
	}
	l.miss(cost)
	seat := share(l.plan, l.active)
	// Where use is not known of anybody, nothing is known of the money either.
	if figures.Use.Used+figures.Use.Unused > 0 {
		l.unused = times(seat, figures.Use.Unused)
	}
	l.strange = times(seat, figures.Seats.UnmanagedActive)
	if l.minutes != nil && b.input.Trail.Read {
		l.hours = big.NewRat(int64(figures.Work.Tasks)*int64(*l.minutes), minutesInHour)
		if l.rate != nil {
			l.byHand = new(big.Rat).Mul(l.hours, l.rate)
		}
	}
	figures.Work.HoursByHand = format(l.hours)
	b.ledger, b.result.Money = l, l.money()
}

// miss names the fields to set. A price that is none is as good as missing.
func (l *ledger) miss(cost *clayv1alpha1.Cost) {
	add := func(absent bool, field, figures string) {
		if absent {
			l.missing = append(l.missing, MissingPrice{Field: "spec.cost." + field, Figures: figures})
		}
	}
	add(l.plan == nil, "planPerMonth", "what the plan, a seat, the unused and the unmanaged seats cost")
	add(l.minutes == nil, "minutesPerChange", "the hours, and what they cost, that the changes would have taken by hand")
	add(l.rate == nil, "hourlyRate", "what the changes would have cost by hand")
	add(cost.Currency == "", "currency", "the currency of the amounts")
}

func (l *ledger) money() Money {
	return Money{
		Currency: l.currency, PlanPerMonth: format(l.plan), PerActiveSeat: format(share(l.plan, l.active)), UnusedSeats: format(l.unused),
		UnmanagedSeats: format(l.strange), ByHand: format(l.byHand), Missing: l.missing,
	}
}

// add takes in the values of another workspace with the same currency. What one of them lacks the sum is without.
func (l *ledger) add(other ledger) {
	if other.plan != nil {
		l.active += other.active
	}
	l.plan, l.unused, l.strange = plus(l.plan, other.plan), plus(l.unused, other.unused), plus(l.strange, other.strange)
	l.hours, l.byHand = plus(l.hours, other.hours), plus(l.byHand, other.byHand)
	l.missing = append(l.missing, other.missing...)
}

// plus adds two values, of which each may be missing.
func plus(a, b *big.Rat) *big.Rat {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return new(big.Rat).Add(a, b)
}

// total sums up workspaces.
type total struct {
	workspaces int
	figures    Figures
	ledgers    map[string]*ledger
	hours      *big.Rat
}

func newTotal() *total {
	return &total{ledgers: map[string]*ledger{}, figures: Figures{Seats: Seats{ByRole: []RoleCount{}}}}
}

func (t *total) add(workspace *Workspace, values ledger) {
	t.workspaces++
	t.figures.add(&workspace.Figures)
	if t.ledgers[values.currency] == nil {
		t.ledgers[values.currency] = &ledger{currency: values.currency}
	}
	missing := slices.Clone(values.missing)
	for i := range missing {
		missing[i].Workspace = workspace.path()
	}
	values.missing = missing
	t.ledgers[values.currency].add(values)
	t.hours = plus(t.hours, values.hours)
}

func (t *total) result(input *Input) Total {
	sums := []Money{}
	for _, values := range t.ledgers {
		sums = append(sums, values.money())
	}
	slices.SortFunc(sums, byCurrency)
	t.figures.Work.HoursByHand = format(t.hours)
	if input.Trail.Read && t.figures.Work.Buckets == nil {
		t.figures.Work = newWorklog(input).finish()
	}
	return Total{Workspaces: t.workspaces, Figures: t.figures, Money: sums}
}
