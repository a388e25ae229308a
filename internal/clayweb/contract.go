package clayweb

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/seat"
)

// maxSamples is how many rows are looked at for what rows have to have. One that lacks it may be that of somebody special.
const maxSamples = 3

// contractError says that the Team page is not as it has to be for the changes that are to be made. Nothing was written.
type contractError struct{ missing []*notFoundError }

// Error implements error.
func (e *contractError) Error() string {
	lines := make([]string, len(e.missing))
	for i, each := range e.missing {
		lines[i] = each.Error()
	}
	return "the Team page is not as it is known: " + strings.Join(lines, "; ")
}

// checkContract looks, before the first write of a call and again when Clay's build changed since, whether the Team page has what all the
// changes need that are to be made: removals come first, and must not be made where an invitation could not follow. It clicks nothing.
func (w *work) checkContract(ctx context.Context) error {
	place := w.visit.place
	if w.checked && place.checkedVersion == place.clayVersion {
		return nil
	}
	needs := w.needs()
	var missing []*notFoundError
	err := w.visit.do(ctx, "check page", actLimit, func(ctx context.Context, page playwright.Page) error {
		if err := w.visit.ready(page); err != nil {
			return err
		}
		if needs[seat.Invite] != nil {
			_, err := w.visit.find(document(page), teamInvite)
			if err := gather(&missing, err); err != nil {
				return err
			}
		}
		for _, verb := range []seat.Verb{seat.SetRole, seat.Remove, seat.CancelInvitation} {
			if needs[verb] == nil {
				continue
			}
			lacking, err := w.checkRows(ctx, page, verb, needs[verb])
			if err != nil {
				return err
			}
			missing = append(missing, lacking...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return &contractError{missing}
	}
	if err := w.rehearse(ctx); err != nil {
		return err
	}
	w.checked, place.checkedVersion = true, place.clayVersion
	w.visit.log.Info("the page is as it is known", "clayVersion", place.clayVersion)
	return nil
}

// needs are the members that the changes are about which the last reading leaves to be made, by what is to be made.
func (w *work) needs() map[seat.Verb][]seat.Member {
	needs := map[seat.Verb][]seat.Member{}
	for _, next := range w.inListOrder(w.jobs) {
		lines := linesOf(next.change.Email, w.last)
		if next.state != waiting || met(next.change, w.last) || impossible(next.change, lines) != nil {
			continue
		}
		member := seat.Member{Email: next.change.Email}
		if len(lines) == 1 {
			member = lines[0]
		}
		needs[next.change.Verb] = append(needs[next.change.Verb], member)
	}
	return needs
}

// checkRows returns what the rows lack that a change of the kind needs, if none of the samples has it.
func (w *work) checkRows(ctx context.Context, page playwright.Page, verb seat.Verb, targets []seat.Member) ([]*notFoundError, error) {
	rows, err := w.sample(ctx, page, targets)
	if err != nil {
		return nil, err
	}
	var lacking []*notFoundError
	for _, row := range rows {
		// Some tables show a row's buttons only under the pointer.
		if err := row.Hover(); err != nil {
			return nil, err
		}
		lacking = nil
		for _, name := range beginnings[verb] {
			_, err := w.visit.find(row, name)
			if err == nil {
				return nil, nil
			}
			if err := gather(&lacking, err); err != nil {
				return nil, err
			}
		}
	}
	return lacking, nil
}

// beginnings are the elements of a row of which one has to be there for a change to begin.
var beginnings = map[seat.Verb][]element{
	seat.SetRole:          {rowRole},
	seat.Remove:           {rowMenu, rowTrash},
	seat.CancelInvitation: {rowMenu, rowTrashInvitation},
}

// sample returns rows to look at: those in the document of members like the ones that are to be changed, those themselves first. Where none
// is in the document, the list is moved to the first.
func (w *work) sample(ctx context.Context, page playwright.Page, targets []seat.Member) ([]playwright.Locator, error) {
	selector, err := w.visit.rowSelector(page, teamRow)
	if err != nil {
		return nil, err
	}
	window, err := w.visit.readWindow(page, teamRow, "")
	if err != nil {
		return nil, err
	}
	var rows []playwright.Locator
	for _, member := range w.alike(window, targets) {
		row := rowOf(page, selector, member)
		count, err := row.locator.Count()
		if err != nil {
			return nil, err
		}
		if count == 1 {
			rows = append(rows, row.locator)
		}
		if len(rows) == maxSamples {
			break
		}
	}
	if len(rows) > 0 {
		return rows, nil
	}
	row, err := w.visit.row(ctx, page, targets[0])
	if _, own := errors.AsType[*changeError](err); own {
		return nil, nil // it is looked at when its turn comes
	}
	if err != nil {
		return nil, err
	}
	return []playwright.Locator{row.locator}, nil
}

// alike are the members of a window whose presence is that of the targets, the targets first, without the operator's own account, whose row
// may lack what others have.
func (w *work) alike(window pageWindow, targets []seat.Member) []seat.Member {
	var first, others []seat.Member
	for _, shown := range window.Rows {
		member, ok := w.visit.book.readRow(shown)
		lines := linesOf(member.Email, w.last)
		switch {
		case !ok || shown.Header || len(lines) != 1 || lines[0].Presence != targets[0].Presence:
		case slices.Contains(targets, lines[0]):
			first = append(first, lines[0])
		case member.Email != w.visit.workspace.Login.Email:
			others = append(others, lines[0])
		}
	}
	return append(first, others...)
}

// gather puts aside the errors that say that an element was not found, and returns any other.
func gather(missing *[]*notFoundError, err error) error {
	if one, ok := errors.AsType[*notFoundError](err); ok {
		*missing = append(*missing, one)
		return nil
	}
	return err
}
