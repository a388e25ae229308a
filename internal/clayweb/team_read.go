package clayweb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/seat"
)

// readLimit bounds one reading with log-in, walk and a long list read from the page.
const readLimit = 3 * time.Minute

// read loads the Team page anew and reads the members.
func (v *visit) read(ctx context.Context) (seat.Inventory, error) {
	var inventory seat.Inventory
	watch := v.session.Watch(trafficPattern)
	v.lists = watch
	defer func() {
		watch.Close()
		v.lists = nil
	}()
	v.session.TakeHints()
	err := v.do(ctx, "read members", readLimit, func(ctx context.Context, page playwright.Page) error {
		if err := v.openTeam(ctx, page); err != nil {
			return err
		}
		list, source, err := v.readMembers(ctx, page, watch)
		if err != nil {
			return err
		}
		if err := v.checkAdmin(page, list); err != nil {
			return err
		}
		inventory = seat.Inventory{
			WorkspaceID: v.workspace.ID, Members: list.members, Complete: list.whole, Source: source, ReadAt: v.backend.now(),
			Account: v.workspace.Login.Email,
		}
		return nil
	})
	if err != nil {
		return seat.Inventory{}, err
	}
	var version string
	if inventory.Plan, version = v.aboutWorkspace(watch); version != "" {
		v.place.clayVersion = version
	}
	inventory.ClayVersion = v.place.clayVersion
	v.know(inventory.Members)
	return inventory, nil
}

// know takes in the names of the members, in order to keep them out of reports. A name that is also a label stays in.
func (v *visit) know(members []seat.Member) {
	v.people, v.withoutPeople = nil, nil
	for _, member := range members {
		if len(member.Name) >= minPersonName && v.book.role(member.Name) == "" && !v.book.pending[fold(member.Name)] {
			v.people = append(v.people, member.Name)
		}
	}
}

// readMembers reads the page's own traffic, and the rows of the page where that is missing, has another shape, or names another number
// of members than the page.
func (v *visit) readMembers(ctx context.Context, page playwright.Page, watch *browser.Watch) (listing, seat.Source, error) {
	list, err := v.readTraffic(ctx, watch)
	if err == nil && list.whole {
		window, err := v.readWindow(page, teamRow, "")
		if err != nil {
			return listing{}, "", err
		}
		total, known := window.total()
		if (!known || total == len(list.members)) && len(list.nameless) == 0 {
			return list, seat.SourceTraffic, nil
		}
		v.log.Info("traffic and page do not tell the same", "traffic", len(list.members), "page", total, "nameless", len(list.nameless))
		if known && total != len(list.members) {
			v.doubts = append(v.doubts, fmt.Sprintf("the page's own data tells of %d members and invitations, and the page of %d", len(list.members), total))
		}
	}
	if err != nil {
		v.log.Warn("members are read from the page", "because", err)
		v.doubts = append(v.doubts, fmt.Sprintf("the members were read from the rows of the page: %v", err))
	}
	rows, err := v.readPage(ctx, page)
	if err != nil {
		return listing{}, "", err
	}
	return v.reconcile(list, rows)
}

// reconcile takes the page's word, and the traffic's ids and names where both know somebody. Where both agree on everybody, the
// traffic's list with the page's roles is the better one.
func (v *visit) reconcile(traffic, rows listing) (listing, seat.Source, error) {
	if !traffic.whole || !sameSeats(traffic.members, rows.members) {
		return rows, seat.SourcePage, nil
	}
	shown := map[seat.Email]seat.Role{}
	for _, member := range rows.members {
		shown[member.Email] = member.Role
	}
	for i, member := range traffic.members {
		if number, nameless := traffic.nameless[member.Email]; nameless {
			traffic.members[i].Role = shown[member.Email]
			if labels := v.book.labels[shown[member.Email]]; len(labels) > 0 {
				v.place.roleNames[number] = labels[0]
			}
		}
	}
	traffic.whole = rows.whole
	return traffic, seat.SourceTraffic, nil
}

// sameSeats says whether two lists name the same addresses in the same presence, each once.
func sameSeats(one, other []seat.Member) bool {
	if len(one) != len(other) {
		return false
	}
	presence := map[seat.Email]seat.Presence{}
	for _, member := range one {
		presence[member.Email] = member.Presence
	}
	for _, member := range other {
		if presence[member.Email] != member.Presence {
			return false
		}
		delete(presence, member.Email)
	}
	return len(presence) == 0
}

// errNoTraffic says that the page did not load the members from where they are expected.
var errNoTraffic = errors.New("the page did not load its list of members from the known addresses")

// readTraffic waits for the two answers that hold the members, and joins them.
func (v *visit) readTraffic(ctx context.Context, watch *browser.Watch) (listing, error) {
	users, permissions, err := v.awaitLists(ctx, watch)
	if err != nil {
		return listing{}, err
	}
	v.dataHost = hostOf(permissions.URL)
	if len(users.Query)+len(permissions.Query) > 0 {
		return listing{}, errShape // a list with parameters may be a part of a list
	}
	members, err := decodeUsers(users.Body)
	if err != nil {
		return listing{}, err
	}
	entries, err := decodePermissions(permissions.Body)
	if err != nil {
		return listing{}, err
	}
	return joinTraffic(members, entries, v.place.roleNames, v.book), nil
}

// awaitLists returns the newest answers that hold the members. The rows were seen before, so that both are there or as good as there.
func (v *visit) awaitLists(ctx context.Context, watch *browser.Watch) (users, permissions browser.Answer, err error) {
	for {
		answers, dropped := watch.Answers()
		for _, answer := range answers {
			switch what, ours := v.meaning(answer); {
			case !ours || answer.Body == nil:
			case what == "users":
				users = answer
			case what == "permissions":
				permissions = answer
			}
		}
		if dropped > 0 {
			return users, permissions, errNoTraffic
		}
		if users.Body != nil && permissions.Body != nil {
			return users, permissions, nil
		}
		if _, err := watch.Await(ctx, v.waits.traffic); err != nil {
			return users, permissions, errNoTraffic
		}
	}
}

// meaning says what an answer is about, and whether it is of this workspace and of Clay.
func (v *visit) meaning(answer browser.Answer) (what string, ours bool) {
	match := trafficPattern.FindStringSubmatch(answer.URL)
	if match == nil || !sameSite(hostOf(answer.URL), v.workspace.AppURL) {
		return "", false
	}
	if match[1] != "" && match[1] != v.workspace.ID {
		return "", false
	}
	switch {
	case match[2] != "":
		return match[2], true
	case match[1] != "":
		return "workspace", true
	default:
		return "version", true
	}
}

// aboutWorkspace reads the plan and the build of the app, where the page loaded them.
func (v *visit) aboutWorkspace(watch *browser.Watch) (plan, version string) {
	answers, _ := watch.Answers()
	for _, answer := range answers {
		switch what, ours := v.meaning(answer); {
		case !ours || answer.Body == nil:
		case what == "workspace":
			plan = decodePlan(answer.Body)
		case what == "version":
			version = decodeVersion(answer.Body)
		}
	}
	return plan, version
}

// checkAdmin makes sure that the account may manage members, because what others see of the page is not the page that is known. A
// missing button alone may also be a new label: the list says who is an admin, and who is none, unless it does not have the account or does
// not say its role.
func (v *visit) checkAdmin(page playwright.Page, list listing) error {
	_, missing := v.find(document(page), teamInvite)
	if _, ok := errors.AsType[*notFoundError](missing); !ok {
		return missing
	}
	for _, member := range list.members {
		if member.Email != v.workspace.Login.Email {
			continue
		}
		switch member.Role {
		case seat.RoleAdmin:
			return nil
		case "":
		default:
			return errors.Join(notAdmin(), missing)
		}
	}
	return errors.Join(perhapsNotAdmin("the Team page has no known button that invites, and does not list the account as an admin"), missing)
}
