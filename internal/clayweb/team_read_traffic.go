package clayweb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/seatwright/clay-operator/internal/seat"
)

// errShape says that an answer of Clay has another shape than this version knows. It holds nothing of the answer.
var errShape = errors.New("the page's own data has a shape that is not known")

// usersAnswer is GET /v3/workspaces/{id}/users. Unknown fields at the top are an unknown shape, because that is where a list
// that comes in parts would say so.
type usersAnswer struct {
	Users *[]userEntry `json:"users"`
}

type userEntry struct {
	ID       json.Number `json:"id"`
	Email    string      `json:"email"`
	Name     string      `json:"name"`
	FullName string      `json:"fullName"`
	Role     *roleEntry  `json:"role"`
}

type roleEntry struct {
	ID   json.Number `json:"id"`
	Name string      `json:"name"`
}

// permissionsAnswer is GET /v3/workspaces/{id}/permissions: members and invitations.
type permissionsAnswer struct {
	UserPermissions *[]permissionEntry `json:"userPermissions"`
}

type permissionEntry struct {
	RoleID  json.Number `json:"roleId"`
	Email   string      `json:"email"`
	Pending bool        `json:"pending"`
}

// listing is a list of members as one source told it.
type listing struct {
	members []seat.Member
	// whole is true where the source proves that nobody is missing.
	whole bool
	// nameless are addresses whose role the source named by a number only.
	nameless map[seat.Email]string
}

// decodeUsers reads the list of users.
func decodeUsers(body []byte) ([]userEntry, error) {
	var answer usersAnswer
	if err := decodeStrict(body, &answer); err != nil || answer.Users == nil {
		return nil, fmt.Errorf("users: %w", errShape)
	}
	for i, user := range *answer.Users {
		if !isMail(user.Email) || user.Role == nil || user.Role.Name == "" || !isID(user.ID) || !isID(user.Role.ID) {
			return nil, fmt.Errorf("users: entry %d: %w", i, errShape)
		}
	}
	return *answer.Users, nil
}

// decodePermissions reads the list of members and invitations.
func decodePermissions(body []byte) ([]permissionEntry, error) {
	var answer permissionsAnswer
	if err := decodeStrict(body, &answer); err != nil || answer.UserPermissions == nil {
		return nil, fmt.Errorf("permissions: %w", errShape)
	}
	for i, entry := range *answer.UserPermissions {
		if !isMail(entry.Email) || !isID(entry.RoleID) {
			return nil, fmt.Errorf("permissions: entry %d: %w", i, errShape)
		}
	}
	return *answer.UserPermissions, nil
}

// isID says whether a number is one that Clay would use as an id.
func isID(number json.Number) bool {
	id, err := strconv.ParseInt(number.String(), 10, 64)
	return err == nil && id > 0
}

// decodeStrict decodes one JSON document whose top level has no field that is not known. Fields within its entries may be added
// by Clay at any time and say nothing about who has a seat.
func decodeStrict(body []byte, into any) error {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(body, &top); err != nil {
		return err
	}
	if len(top) != 1 {
		return errShape
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errShape
	}
	return nil
}

// joinTraffic makes one list of the two answers. The two have to agree on who is a member, because neither says of itself that it is
// whole: where they differ, the list is not.
//
// An address that appears twice in an answer appears twice in the list; whoever plans with it sees that it is ambiguous.
func joinTraffic(users []userEntry, permissions []permissionEntry, roleNames map[string]string, b *book) listing {
	list := listing{whole: true, nameless: map[seat.Email]string{}}
	active := map[seat.Email]int{}
	for _, user := range users {
		roleNames[user.Role.ID.String()] = user.Role.Name
	}
	for _, entry := range permissions {
		email := asEmail(entry.Email)
		if !entry.Pending {
			active[email]++
			continue
		}
		name, known := roleNames[entry.RoleID.String()]
		if !known {
			list.nameless[email] = entry.RoleID.String()
		}
		list.members = append(list.members, seat.Member{Email: email, Role: b.role(name), Presence: seat.Pending})
	}
	pending := presences(list.members)
	for _, user := range users {
		email := asEmail(user.Email)
		if active[email] == 0 && pending[email] {
			continue // somebody who has an account and was invited: an invitation, not yet a member
		}
		active[email]--
		name := user.Name
		if user.FullName != "" {
			name = user.FullName
		}
		list.members = append(list.members, seat.Member{
			Email: email, ID: user.ID.String(), Name: name, Role: b.role(user.Role.Name), Presence: seat.Active,
		})
	}
	for _, left := range active {
		if left != 0 {
			list.whole = false
		}
	}
	return list
}

// asEmail normalises an address that Clay shows. One that a manifest could not hold stays what it is: it is nobody's that the
// operator manages, and it must not hide the others.
func asEmail(text string) seat.Email { return seat.Email(strings.ToLower(strings.TrimSpace(text))) }

// presences says which addresses a list holds.
func presences(members []seat.Member) map[seat.Email]bool {
	found := make(map[seat.Email]bool, len(members))
	for _, member := range members {
		found[member.Email] = true
	}
	return found
}

// decodePlan reads the name of the plan from GET /v3/workspaces/{id}. It is for people, so that an unknown shape is no fault.
func decodePlan(body []byte) string {
	var answer struct {
		BillingPlanType string `json:"billingPlanType"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	return answer.BillingPlanType
}

// buildName is what the name of a build looks like. Anything else is not passed on.
var buildName = regexp.MustCompile(`^[\w.:+-]{1,128}$`)

// decodeVersion reads the build of Clay's web app from GET /v3. It is for people, so that an unknown shape is no fault.
func decodeVersion(body []byte) string {
	var answer struct {
		Version string `json:"version"`
	}
	if json.Unmarshal(body, &answer) != nil || !buildName.MatchString(answer.Version) {
		return ""
	}
	return answer.Version
}
