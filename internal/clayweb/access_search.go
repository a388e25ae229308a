package clayweb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// pick is a member, by the address, or a group, by the name, that a dialog's search is to find. One of them is empty.
type pick struct {
	email seat.Email
	group string
}

// text is what is typed in order to find it.
func (p pick) text() string {
	if p.email != "" {
		return string(p.email)
	}
	return p.group
}

// option says by what an option of the search is known to be exactly this member or group, in XPath conditions: an address that equals the
// member's in a text of its own or as the last word of one, and no other text that is an address; or a text that is the group's name, and no
// address at all.
func (p pick) option() guard {
	const isAddress = "contains(., '@') and not(contains(normalize-space(.), ' '))"
	if p.email == "" {
		return guard{
			own:   textIn("normalize-space(.)=" + quotePath(cleanName(p.group))),
			other: textIn("contains(., '@') and not(normalize-space(.)=" + quotePath(cleanName(p.group)) + ")"),
		}
	}
	address := quotePath(string(p.email))
	own := lowerText + "=" + address
	last := fmt.Sprintf("substring(%[1]s, string-length(%[1]s) - string-length(%[2]s))=concat(' ', %[2]s)", lowerText, address)
	return guard{own: textIn(own + " or " + last), other: textIn(isAddress + " and not(" + own + ")")}
}

// textIn is an XPath that finds the elements at or within another that have a text for which a condition holds.
func textIn(condition string) string { return "descendant-or-self::*[text()[" + condition + "]]" }

// chip is something that was chosen in a dialog.
type chip struct {
	Texts []string `json:"texts"`
}

// is says whether a chip stands for a member or a group.
func (c chip) is(p pick) bool {
	if p.email != "" {
		return c.email() == p.email
	}
	return c.group() == cleanName(p.group)
}

// email is the address that a chip shows, or empty. Where a name looks like one, the address is the last.
func (c chip) email() seat.Email {
	for _, text := range slices.Backward(c.Texts) {
		words := strings.Fields(text)
		if last := strings.Trim(words[len(words)-1], "()<>"); isMail(last) {
			return asEmail(last)
		}
	}
	return ""
}

// group is the name that a chip shows.
func (c chip) group() string { return strings.Join(c.Texts, " ") }

// pick is what a chip stands for.
func (c chip) pick() pick {
	if email := c.email(); email != "" {
		return pick{email: email}
	}
	return pick{group: c.group()}
}

// chipsScript lists the texts of the chips that a selector finds in a dialog.
const chipsScript = `(chips) => JSON.stringify(chips.map((chip) => {
	const texts = [];
	const walker = document.createTreeWalker(chip, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const text = walker.currentNode.data.replace(/\s+/g, ' ').trim();
		const parent = walker.currentNode.parentElement;
		if (text && !parent.closest('button, [aria-hidden="true"], option, script, style') && parent.checkVisibility()) texts.push(text);
	}
	return {texts};
}))`

// chips are what was chosen in a dialog, by the first rung that finds any.
func (v *visit) chips(dialog playwright.Locator) ([]chip, error) {
	var chosen []chip
	all, err := v.chipsOf(dialog)
	if err != nil {
		return nil, err
	}
	answer, err := all.EvaluateAll(chipsScript)
	if err != nil {
		return nil, err
	}
	text, _ := answer.(string)
	return chosen, json.Unmarshal([]byte(text), &chosen)
}

// chipsOf finds the chips of a dialog, of which there may be none.
func (v *visit) chipsOf(dialog playwright.Locator) (playwright.Locator, error) {
	for i, step := range v.book.ladders[searchChip] {
		all := step.in(dialog)
		count, err := all.Count()
		if err != nil {
			return nil, err
		}
		if count > 0 {
			v.rungs[searchChip] = i + 1
			return all, nil
		}
	}
	return v.union(dialog, searchChip), nil
}

// search is where members and groups are searched for: the field, and what holds the chips of those that were chosen.
type search struct{ field, scope playwright.Locator }

// searchIn is the one search of a dialog.
func (v *visit) searchIn(dialog playwright.Locator) (search, error) {
	field, err := v.find(dialog, searchField)
	return search{field: field, scope: dialog}, err
}

// choose searches for a member or a group and chooses it. Nothing is given to Clay by that. The error is a changeError where the
// search does not offer it.
func (v *visit) choose(ctx context.Context, page playwright.Page, in search, wanted pick) error {
	before, err := v.chips(in.scope)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(before, func(c chip) bool { return c.is(wanted) }) {
		return nil
	}
	if err := in.field.Fill(wanted.text()); err != nil {
		return err
	}
	option, err := v.awaitOption(ctx, page, wanted)
	if _, unoffered := errors.AsType[*changeError](err); unoffered && v.names[wanted.email] != "" {
		// A search that shows a few of many finds others first whose addresses hold this one. The name is another way to it.
		if err := in.field.Fill(v.names[wanted.email]); err != nil {
			return err
		}
		option, err = v.awaitOption(ctx, page, wanted)
	}
	if err != nil {
		_ = in.field.Fill("") // the next is searched for anew
		return err
	}
	held, err := hold(option)
	if err != nil {
		return err
	}
	if err := wanted.option().press(held, func() error { return option.Click() }); err != nil {
		return err
	}
	return v.awaitChips(ctx, page, in.scope, len(before)+1)
}

// awaitOption waits until the search offers exactly what is wanted, once.
func (v *visit) awaitOption(ctx context.Context, page playwright.Page, wanted pick) (playwright.Locator, error) {
	condition := wanted.option()
	exact := func(step rung) playwright.Locator {
		return step.in(document(page)).And(page.Locator("xpath=//*[" + condition.own + "][not(" + condition.other + ")]"))
	}
	var offered playwright.Locator
	for _, step := range v.book.ladders[searchOption] {
		offered = either(offered, exact(step))
	}
	err := offered.First().WaitFor(playwright.LocatorWaitForOptions{Timeout: browser.Timeout(ctx, v.waits.step)})
	if err != nil && !notYet(err) {
		return nil, err
	}
	for i, step := range v.book.ladders[searchOption] {
		found := exact(step)
		count, err := found.Count()
		switch {
		case err != nil:
			return nil, err
		case count == 1:
			v.rungs[searchOption] = i + 1
			return found, nil
		case count > 1:
			return nil, &changeError{fault: sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonAmbiguousMember,
				"Clay's search offers it more than once; a person has to look at it")}
		}
	}
	return nil, &changeError{fault: sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonMemberNotFound,
		"Clay's search does not offer it; only active members and groups can be chosen")}
}

// awaitChips waits until so many chips show.
func (v *visit) awaitChips(ctx context.Context, page playwright.Page, scope playwright.Locator, count int) error {
	deadline := v.backend.now().Add(chipWait)
	for {
		shown, err := v.chips(scope)
		if err != nil || len(shown) == count {
			return err
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if !v.backend.now().Before(deadline) {
			return pageChanged("what was chosen in a dialog does not show there as it is known")
		}
		if err := awaitChange(page, calmWait); err != nil {
			return err
		}
	}
}

// unchoose takes a member or group out of what was chosen in a dialog.
func (v *visit) unchoose(ctx context.Context, page playwright.Page, dialog playwright.Locator, unwanted pick) error {
	shown, err := v.chips(dialog)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(shown, func(c chip) bool { return c.is(unwanted) })
	all, err := v.chipsOf(dialog)
	if err != nil || at < 0 {
		return err
	}
	button, err := v.find(all.Nth(at), searchChipRemove)
	if err != nil {
		return err
	}
	if err := button.Click(); err != nil {
		return err
	}
	return v.awaitChips(ctx, page, dialog, len(shown)-1)
}

// closeSearch closes the list of what the search offers, which may lie over what is clicked next.
func (v *visit) closeSearch(page playwright.Page, in search) error {
	open, err := v.shows(page, searchOption)
	if err != nil || !open {
		return err
	}
	return in.field.Blur()
}

// holdsPicks says whether the chips of a dialog are exactly these members and groups, each once.
func holdsPicks(chips []chip, wanted []pick) bool {
	if len(chips) != len(wanted) {
		return false
	}
	for _, each := range wanted {
		if !slices.ContainsFunc(chips, func(c chip) bool { return c.is(each) }) {
			return false
		}
	}
	return true
}
