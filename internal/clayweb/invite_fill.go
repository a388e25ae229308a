package clayweb

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// chipWait is how long an address may take to become a chip. A dialog that takes one address never makes one.
const chipWait = 2 * time.Second

// addressesScript lists the texts of a dialog that look like addresses, which of them are links to write to somebody, and what its fields hold.
const addressesScript = `(dialog) => {
	const texts = [], links = [];
	const walker = document.createTreeWalker(dialog, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const node = walker.currentNode;
		const parent = node.parentElement;
		if (!node.data.includes('@') || !parent.checkVisibility()) continue;
		texts.push(node.data.trim());
		if (parent.closest('a[href^="mailto:"]')) links.push(node.data.trim());
	}
	const fields = [...dialog.querySelectorAll('input:not([type="hidden"]):not([type="checkbox"]):not([type="radio"]), textarea')];
	return JSON.stringify({texts, links, fields: fields.map((field) => field.value.trim()).filter((value) => value)});
}`

// dialogAddresses is what addressesScript returns.
type dialogAddresses struct {
	Texts  []string `json:"texts"`
	Links  []string `json:"links"`
	Fields []string `json:"fields"`
}

func addressesIn(dialog playwright.Locator) (dialogAddresses, error) {
	var shown dialogAddresses
	answer, err := dialog.Evaluate(addressesScript, nil)
	if err != nil {
		return shown, err
	}
	text, _ := answer.(string)
	return shown, json.Unmarshal([]byte(text), &shown)
}

// fillInvite types the addresses, chooses the role, and checks that the dialog holds exactly that.
func (v *visit) fillInvite(ctx context.Context, page playwright.Page, dialog playwright.Locator, next batch) (batch, error) {
	before, err := addressesIn(dialog)
	if err != nil {
		return nil, err
	}
	if holdsSomebody(before, v.workspace.Login.Email) {
		return nil, errHoldsSomebody
	}
	sent, err := v.typeAddresses(ctx, page, dialog, before, next)
	if err != nil {
		return nil, err
	}
	control, err := v.chooseRole(ctx, page, dialog, next[0].change.Role)
	if err != nil {
		return nil, err
	}
	if err := v.fillAccess(ctx, page, dialog, next[0].change); err != nil {
		return nil, err
	}
	after, err := addressesIn(dialog)
	if err != nil {
		return nil, err
	}
	if after.Fields, err = withoutRole(after.Fields, control); err != nil {
		return nil, err
	}
	if !holdsExactly(before, after, sent) {
		return nil, pageChanged("the dialog that invites does not hold exactly the addresses that were typed")
	}
	return sent, nil
}

// errHoldsSomebody says that the dialog held an address before one was typed: that of an earlier dialog which was left without sending, or of
// what a person began to write. To send it would invite them.
var errHoldsSomebody = errors.New("the dialog that invites holds an address before one is typed")

// holdsSomebody says whether a dialog shows an address by itself, as a chip does. The account that is signed in is nobody to be invited, and a link
// to write to somebody is no chip.
func holdsSomebody(shown dialogAddresses, own seat.Email) bool {
	return slices.ContainsFunc(shown.Texts, func(text string) bool {
		email, err := seat.ParseEmail(strings.TrimRight(text, " ×✕,"))
		return err == nil && email != asEmail(string(own)) && !slices.Contains(shown.Links, text)
	})
}

// chooseRole gives the dialog the role, and returns the control that shows it.
func (v *visit) chooseRole(ctx context.Context, page playwright.Page, dialog playwright.Locator, role seat.Role) (playwright.Locator, error) {
	control, err := v.find(dialog, inviteRole)
	if err != nil {
		return nil, err
	}
	shown, err := v.shownRole(control)
	if err != nil {
		return nil, err
	}
	if shown != role {
		choose, err := v.openRoles(ctx, page, control, func() error { return control.Click() }, role)
		if err != nil {
			return nil, err
		}
		if err := choose(); err != nil {
			return nil, err
		}
		if shown, err = v.shownRole(control); err != nil {
			return nil, err
		}
	}
	if shown != role {
		return nil, pageChanged("the dialog that invites does not show the role that was chosen")
	}
	return control, nil
}

// withoutRole leaves the value of the control for the role, which has been looked at, out of those of a dialog's fields, if it is a field.
func withoutRole(fields []string, control playwright.Locator) ([]string, error) {
	answer, err := control.Evaluate("(node) => node.matches('input, textarea') ? node.value.trim() : ''", nil)
	if err != nil {
		return nil, err
	}
	value, _ := answer.(string)
	if value == "" {
		return fields, nil
	}
	return without(fields, value), nil
}

// errTypedWrong says that the dialog does not hold what was typed quickly. Nothing was submitted.
var errTypedWrong = errors.New("the dialog does not hold what was typed")

// typeAddresses types the addresses one after the other. A comma ends each: it makes a chip where the dialog takes several, and, unlike Enter,
// submits nothing where it takes one. Once the first has become a chip, the others follow in one go.
func (v *visit) typeAddresses(
	ctx context.Context, page playwright.Page, dialog playwright.Locator, before dialogAddresses, next batch,
) (batch, error) {
	for i, j := range next {
		field, err := v.find(dialog, inviteAddress)
		if err != nil {
			return nil, err
		}
		address := string(j.change.Email)
		if err := field.Fill(address); err != nil {
			return nil, err
		}
		if v.oneAddress {
			return next[:1], nil
		}
		if err := field.Press(","); err != nil {
			return nil, err
		}
		chip := dialog.GetByText(whole(address))
		err = chip.First().WaitFor(playwright.LocatorWaitForOptions{Timeout: browser.Timeout(ctx, chipWait)})
		switch {
		case err == nil && i == 0 && !v.typesSlowly:
			return next, v.typeOn(ctx, page, dialog, before, next)
		case err == nil:
			continue
		case !notYet(err):
			return nil, err
		case i > 0:
			return nil, &changeError{sidecar.Faultf(sidecar.Refused, sidecar.ReasonAddressRefused, "Clay's page does not take the address"), j}
		}
		// No chip for the first address: the dialog takes one, and the comma must not stay in it.
		v.oneAddress = true
		if err := field.Fill(address); err != nil {
			return nil, err
		}
		return next[:1], nil
	}
	return next, nil
}

// typeOn puts the addresses after the first into the field that has the focus, all in one go as somebody does who pastes them. Where the
// dialog then does not hold exactly the batch, it has to be filled in anew, slowly, which also finds the address to blame.
func (v *visit) typeOn(ctx context.Context, page playwright.Page, dialog playwright.Locator, before dialogAddresses, next batch) error {
	if len(next) == 1 {
		return nil
	}
	var further []string
	for _, j := range next[1:] {
		further = append(further, string(j.change.Email))
	}
	if err := page.Keyboard().InsertText(strings.Join(further, ",")); err != nil {
		return err
	}
	if err := page.Keyboard().Press(","); err != nil {
		return err
	}
	last := dialog.GetByText(whole(string(next[len(next)-1].change.Email)))
	err := last.First().WaitFor(playwright.LocatorWaitForOptions{Timeout: browser.Timeout(ctx, chipWait)})
	if err != nil && !notYet(err) {
		return err
	}
	after, err := addressesIn(dialog)
	if err != nil {
		return err
	}
	if !holdsExactly(before, after, next) {
		v.typesSlowly = true
		return errTypedWrong
	}
	return nil
}

// holdsExactly says whether a dialog came to hold exactly the addresses, each once, beside what it showed before they were typed: texts, and
// what its other fields held, such as a budget. A field that held an address is none of these: whom it is for is not known.
func holdsExactly(before, after dialogAddresses, sent batch) bool {
	var wanted []seat.Email
	for _, j := range sent {
		wanted = append(wanted, j.change.Email)
	}
	texts, fields := after.Texts, after.Fields
	for _, text := range before.Texts {
		texts = without(texts, text)
	}
	for _, value := range before.Fields {
		if !strings.Contains(value, "@") {
			fields = without(fields, value)
		}
	}
	var held []seat.Email
	for _, text := range slices.Concat(texts, fields) {
		held = append(held, asEmail(strings.TrimRight(text, " ×✕,")))
	}
	slices.Sort(wanted)
	slices.Sort(held)
	return slices.Equal(wanted, held)
}

// without returns the texts without one that is equal to the given one, if there is one.
func without(texts []string, one string) []string {
	i := slices.Index(texts, one)
	if i < 0 {
		return texts
	}
	return slices.Concat(texts[:i], texts[i+1:])
}
