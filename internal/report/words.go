package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// kindWords is what a kind is called.
type kindWords struct{ one, title, explanation string }

// wordsOf returns what a kind is called, and what it means.
func wordsOf(kind Kind, report *Report) kindWords {
	switch kind {
	case UnmanagedMember:
		return kindWords{"unmanaged", "Members nobody asked for", "Members and invitations in Clay without a ClayUser, and since when a reading shows it."}
	case OpenInvitation:
		return kindWords{
			"open invitation", "Invitations that are not accepted",
			"People with a ClayUser who were invited, how long ago, and how many invitations they got.",
		}
	case UnusedSeat:
		return kindWords{
			"unused seat", fmt.Sprintf("Seats without use for %d days", report.UnusedDays),
			"Going by credits spent through MCP, the only use that Clay shows of a person. Ask before you take a seat away: who works in Clay " +
				"in another way is not told apart from who does not.",
		}
	case ExpiringAccess:
		return kindWords{
			"expiring", "Access that comes to its end",
			fmt.Sprintf("Seats whose spec.expiresAt is at most %d days ahead, or has passed.", expiringDays),
		}
	case OverCreditLimit:
		return kindWords{"over credit limit", "People at or over their credit limit", "What they spent through MCP since the first of the month, in UTC."}
	case BudgetNearLimit:
		return kindWords{
			"budget near limit", "Budgets near or at their limit",
			fmt.Sprintf("Of the budgets that the operator owns, those of which %d %% or more is used.", nearPercent),
		}
	case MissingInGroup:
		return kindWords{"missing in group", "Names in groups of which there is no ClayUser", "They give nobody anything."}
	default:
		return kindWords{"admin", "Admins", "Who may change members, roles and billing in Clay."}
	}
}

// detail says in a few words what is to be known of a finding.
func (f *Finding) detail() string {
	switch f.Kind {
	case OpenInvitation:
		return join(ago(f.Days), sent(f.Sent))
	case ExpiringAccess:
		return expires(*f.Days)
	case OverCreditLimit, BudgetNearLimit:
		credit := Credit{Used: *f.Used, Limit: *f.Limit}
		return credit.describe()
	case MissingInGroup:
		return "in the group " + f.Group
	default:
		return ago(f.Days)
	}
}

func join(texts ...string) string {
	var some []string
	for _, text := range texts {
		if text != "" {
			some = append(some, text)
		}
	}
	return strings.Join(some, ", ")
}

func ago(days *int) string {
	if days == nil {
		return ""
	}
	return "for " + count(*days, "day", "days")
}

func sent(times int) string {
	if times == 0 {
		return ""
	}
	return "invited " + count(times, "time", "times")
}

func expires(days int) string {
	switch {
	case days < 0:
		return "should have gone " + count(-days, "day", "days") + " ago"
	case days == 0:
		return "goes within a day"
	default:
		return "goes in " + count(days, "day", "days")
	}
}

// describe says what was used of a limit.
func (c Credit) describe() string {
	text := grouped(c.Used) + " of " + grouped(c.Limit)
	if c.Limit > 0 {
		text += fmt.Sprintf(" (%d %%)", c.fullness())
	}
	return text
}

// count puts a number before the right form of a word.
func count(number int, one, many string) string {
	if number == 1 {
		return "1 " + one
	}
	return grouped(int64(number)) + " " + many
}

const groupDigits = 3

// grouped writes a number of zero or more with commas between thousands.
func grouped(number int64) string { return groupDecimal(strconv.FormatInt(number, 10)) }

// groupDecimal puts commas into the whole part of a decimal number.
func groupDecimal(text string) string {
	whole, fraction, hasFraction := strings.Cut(text, ".")
	var grouped strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%groupDigits == 0 {
			grouped.WriteByte(',')
		}
		grouped.WriteRune(digit)
	}
	if hasFraction {
		grouped.WriteString("." + fraction)
	}
	return grouped.String()
}

// amount writes an amount for people, "-" where there is none.
func amount(value, currency string) string {
	if value == "" {
		return none
	}
	return strings.TrimSpace(groupDecimal(value) + " " + currency)
}

// none stands where nothing is known.
const none = "-"

func orNone(text string) string {
	if text == "" {
		return none
	}
	return text
}

// date writes the day of a time, in UTC.
func date(at *time.Time) string {
	if at == nil {
		return none
	}
	return at.UTC().Format(time.DateOnly)
}

// roleName is what a role is called; the role of those whom no status lists is not known.
func roleName(role string) string {
	if role == "" {
		return "not listed"
	}
	return role
}

// printable returns a text that comes from elsewhere as a terminal can show it.
func printable(text string) string {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// seatsAreUnlisted says that amounts about unmanaged seats are the least that they can be.
func (s *Seats) seatsAreUnlisted() bool { return s.UnmanagedUnlisted > 0 }

// missingPrice says which field to set.
func (m *MissingPrice) describe() string {
	of := ""
	if m.Workspace != "" {
		of = " of " + m.Workspace
	}
	return fmt.Sprintf("%s%s is not set: left out is %s.", m.Field, of, m.Figures)
}

// describe says in a sentence which changes are not counted; empty where there are none.
func (o *Others) describe() string {
	var parts []string
	for _, each := range []struct {
		number int
		what   string
	}{
		{o.AlreadyThere, "found done already"},
		{o.Failed, "failed"},
		{o.Unknown, "without a known outcome"},
		{o.NotVerified, "from a part of the trail that is not verified"},
	} {
		if each.number > 0 {
			parts = append(parts, grouped(int64(each.number))+" "+each.what)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Changes that are not counted: " + strings.Join(parts, ", ") + "."
}

// describe says of how many seats use is not known, and why; empty where it is known of all.
func (u *Use) describe() string {
	if u.Unknown == 0 {
		return ""
	}
	reasons := make([]string, len(u.Reasons))
	for i, reason := range u.Reasons {
		reasons[i] = fmt.Sprintf("%s: %s", reason.Reason, grouped(int64(reason.Seats)))
	}
	return fmt.Sprintf("Whether %s used is unknown (%s).", count(u.Unknown, "seat is", "seats are"), strings.Join(reasons, "; "))
}
