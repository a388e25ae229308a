package sidecar

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	pb "github.com/seatwright/clay-operator/internal/sidecar/sidecarpb"
)

// How much of what Clay shows of a group or budget travels, in bytes. Both are well above what the operator ever asks for, so that a text that
// is cut off is none of its own.
const (
	maxName        = 1 << 10
	maxDescription = 4 << 10
)

func encodeScope(scope access.Scope) *pb.AccessScope {
	encoded := &pb.AccessScope{Groups: texts(scope.Groups), Budgets: texts(scope.Budgets)}
	for _, section := range scope.Sections {
		encoded.Sections = append(encoded.Sections, sections.encode(section))
	}
	return encoded
}

func decodeScope(scope *pb.AccessScope) (access.Scope, error) {
	decoded := access.Scope{Groups: scope.GetGroups(), Budgets: scope.GetBudgets()}
	for index, code := range scope.GetSections() {
		section, err := sections.decode(code)
		if err != nil {
			return access.Scope{}, fmt.Errorf("section %d: %w", index, err)
		}
		decoded.Sections = append(decoded.Sections, section)
	}
	return decoded, nil
}

func encodeAccessChanges(changes []access.Change) []*pb.AccessChange {
	encoded := make([]*pb.AccessChange, 0, len(changes))
	for _, change := range changes {
		encoded = append(encoded, &pb.AccessChange{
			Verb:        accessVerbs.encode(change.Verb),
			Group:       text(change.Group),
			Budget:      text(change.Budget),
			Email:       text(string(change.Email)),
			Description: text(change.Description),
			Credits:     change.Credits,
			Everyone:    change.Everyone,
			Groups:      texts(change.Groups),
			From:        change.From,
			FromGroups:  texts(change.FromGroups),
			Owner:       text(change.Owner),
		})
	}
	return encoded
}

func decodeAccessChanges(changes []*pb.AccessChange) ([]access.Change, error) {
	var decoded []access.Change
	for index, change := range changes {
		verb, err := accessVerbs.decode(change.GetVerb())
		if err != nil {
			return nil, fmt.Errorf("change %d: %w", index, err)
		}
		decoded = append(decoded, access.Change{
			Verb:        verb,
			Group:       change.GetGroup(),
			Budget:      change.GetBudget(),
			Email:       seat.Email(change.GetEmail()),
			Description: change.GetDescription(),
			Credits:     change.GetCredits(),
			Everyone:    change.GetEveryone(),
			Groups:      change.GetGroups(),
			From:        change.From,
			FromGroups:  change.GetFromGroups(),
			Owner:       change.GetOwner(),
		})
	}
	return decoded, nil
}

func encodeAccessEnding(observation AccessObservation, fault *Fault) *pb.Ending {
	ending := encodeEnding(observation.Observation, fault)
	ending.Access = encodeState(observation.State)
	for _, section := range access.Sections() {
		if fault := observation.Faults[section]; fault != nil {
			ending.SectionFaults = append(ending.SectionFaults, &pb.SectionFault{Section: sections.encode(section), Fault: encodeFault(fault)})
		}
	}
	return ending
}

func decodeSectionFaults(faults []*pb.SectionFault) (map[access.Section]*Fault, error) {
	var decoded map[access.Section]*Fault
	for index, fault := range faults {
		section, sectionErr := sections.decode(fault.GetSection())
		content, faultErr := decodeFault(fault.GetFault())
		if err := errors.Join(sectionErr, faultErr); err != nil {
			return nil, fmt.Errorf("the fault of section %d: %w", index, err)
		}
		if content == nil || decoded[section] != nil {
			return nil, fmt.Errorf("section %s has no fault, or two", section)
		}
		if decoded == nil {
			decoded = make(map[access.Section]*Fault, len(faults))
		}
		decoded[section] = content
	}
	return decoded, nil
}

func encodeState(state access.State) *pb.AccessState {
	encoded := &pb.AccessState{
		WorkspaceId: text(state.WorkspaceID),
		Plan:        text(state.Plan),
		Groups:      &pb.GroupList{Offer: offers.encode(state.Groups.Offer), Complete: state.Groups.Complete},
		Budgets:     &pb.BudgetList{Offer: offers.encode(state.Budgets.Offer), Complete: state.Budgets.Complete},
		Limits: &pb.LimitList{
			Offer: offers.encode(state.Limits.Offer), Complete: state.Limits.Complete, DefaultLimit: state.Limits.Default,
		},
		ReadAt: encodeTime(state.ReadAt),
	}
	for _, group := range state.Groups.Groups {
		encoded.Groups.Groups = append(encoded.Groups.Groups, &pb.Group{
			Name: bounded(group.Name, maxName), Id: text(group.ID), Description: bounded(group.Description, maxDescription),
			Members: encodeEmails(group.Members), Complete: group.Complete,
		})
	}
	for _, budget := range state.Budgets.Budgets {
		encoded.Budgets.Budgets = append(encoded.Budgets.Budgets, &pb.Budget{
			Name: bounded(budget.Name, maxName), Id: text(budget.ID), CreditLimit: budget.CreditLimit, Used: budget.Used, Everyone: budget.Everyone,
			Users: encodeEmails(budget.Users), Groups: encodeNames(budget.Groups), Complete: budget.Complete,
		})
	}
	for _, person := range state.Limits.People {
		encoded.Limits.People = append(encoded.Limits.People, &pb.PersonLimit{
			Email: bounded(string(person.Email), maxMemberEmail), Limit: person.Limit, Used: person.Used,
		})
	}
	return encoded
}

func encodeEmails(emails []seat.Email) []string {
	encoded := make([]string, 0, len(emails))
	for _, email := range emails {
		encoded = append(encoded, bounded(string(email), maxMemberEmail))
	}
	return encoded
}

func encodeNames(names []string) []string {
	encoded := make([]string, 0, len(names))
	for _, name := range names {
		encoded = append(encoded, bounded(name, maxName))
	}
	return encoded
}

// decodeState refuses what no list can hold. Names that two lines share, and addresses that cannot be read, are what Clay shows: access.Plan
// sees them as ambiguous.
func decodeState(state *pb.AccessState) (access.State, error) {
	groups, groupsErr := decodeGroups(state.GetGroups())
	budgets, budgetsErr := decodeBudgets(state.GetBudgets())
	limits, limitsErr := decodeLimits(state.GetLimits())
	if err := errors.Join(groupsErr, budgetsErr, limitsErr); err != nil {
		return access.State{}, err
	}
	return access.State{
		WorkspaceID: state.GetWorkspaceId(), Plan: state.GetPlan(), Groups: groups, Budgets: budgets, Limits: limits,
		ReadAt: decodeTime(state.GetReadAt()),
	}, nil
}

func decodeGroups(list *pb.GroupList) (access.GroupList, error) {
	offer, err := offers.decode(list.GetOffer())
	if err != nil {
		return access.GroupList{}, fmt.Errorf("the groups: %w", err)
	}
	decoded := access.GroupList{Offer: offer, Complete: list.GetComplete()}
	for index, group := range list.GetGroups() {
		members, err := decodeEmails(group.GetMembers())
		if err == nil {
			err = checkTexts(group.GetName(), group.GetDescription())
		}
		if err != nil {
			return access.GroupList{}, fmt.Errorf("group %d: %w", index, err)
		}
		decoded.Groups = append(decoded.Groups, access.Group{
			Name: group.GetName(), ID: group.GetId(), Description: group.GetDescription(), Members: members, Complete: group.GetComplete(),
		})
	}
	return decoded, checkOffer(offer, decoded.Complete, len(decoded.Groups))
}

func decodeBudgets(list *pb.BudgetList) (access.BudgetList, error) {
	offer, err := offers.decode(list.GetOffer())
	if err != nil {
		return access.BudgetList{}, fmt.Errorf("the budgets: %w", err)
	}
	decoded := access.BudgetList{Offer: offer, Complete: list.GetComplete()}
	for index, budget := range list.GetBudgets() {
		users, err := decodeEmails(budget.GetUsers())
		for _, name := range append([]string{budget.GetName()}, budget.GetGroups()...) {
			err = errors.Join(err, checkTexts(name, ""))
		}
		if err != nil {
			return access.BudgetList{}, fmt.Errorf("budget %d: %w", index, err)
		}
		decoded.Budgets = append(decoded.Budgets, access.Budget{
			Name: budget.GetName(), ID: budget.GetId(), CreditLimit: budget.GetCreditLimit(), Used: budget.GetUsed(), Everyone: budget.GetEveryone(),
			Users: users, Groups: budget.GetGroups(), Complete: budget.GetComplete(),
		})
	}
	return decoded, checkOffer(offer, decoded.Complete, len(decoded.Budgets))
}

func decodeLimits(list *pb.LimitList) (access.LimitList, error) {
	offer, err := offers.decode(list.GetOffer())
	if err != nil {
		return access.LimitList{}, fmt.Errorf("the limits: %w", err)
	}
	decoded := access.LimitList{Offer: offer, Complete: list.GetComplete()}
	if list != nil {
		decoded.Default = list.DefaultLimit
	}
	for index, person := range list.GetPeople() {
		if len(person.GetEmail()) > maxMemberEmail {
			return access.LimitList{}, fmt.Errorf("limit %d has an e-mail address of more than %d bytes", index, maxMemberEmail)
		}
		decoded.People = append(decoded.People, access.PersonLimit{Email: seat.Email(person.GetEmail()), Limit: person.Limit, Used: person.GetUsed()})
	}
	return decoded, checkOffer(offer, decoded.Complete, len(decoded.People))
}

// checkOffer refuses a list of a section that was not read.
func checkOffer(offer access.Offer, complete bool, lines int) error {
	if offer != access.Offered && (complete || lines > 0) {
		return errors.New("a section that was not read has content")
	}
	return nil
}

func checkTexts(name, description string) error {
	if len(name) > maxName || len(description) > maxDescription {
		return fmt.Errorf("a name of more than %d bytes, or a description of more than %d", maxName, maxDescription)
	}
	return nil
}

func decodeEmails(emails []string) ([]seat.Email, error) {
	var decoded []seat.Email
	for index, email := range emails {
		if len(email) > maxMemberEmail {
			return nil, fmt.Errorf("person %d has an e-mail address of more than %d bytes", index, maxMemberEmail)
		}
		decoded = append(decoded, seat.Email(email))
	}
	return decoded, nil
}

// isUnread is true for a state that says nothing of any section.
func isUnread(state access.State) bool {
	return state.WorkspaceID == "" && !slices.ContainsFunc(access.Sections(), func(section access.Section) bool { return state.Offer(section) != "" })
}
