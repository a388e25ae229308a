package sidecar

import (
	"fmt"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	pb "github.com/seatwright/clay-operator/internal/sidecar/sidecarpb"
)

// vocabulary translates a closed set of words between the domain and the protocol.
type vocabulary[D ~string, P ~int32] struct {
	name  string
	words map[D]P
}

var (
	verbs = vocabulary[seat.Verb, pb.Verb]{"verb", map[seat.Verb]pb.Verb{
		seat.Remove:           pb.Verb_VERB_REMOVE,
		seat.CancelInvitation: pb.Verb_VERB_CANCEL_INVITATION,
		seat.SetRole:          pb.Verb_VERB_SET_ROLE,
		seat.Invite:           pb.Verb_VERB_INVITE,
	}}
	accessVerbs = vocabulary[access.Verb, pb.AccessVerb]{"verb of access", map[access.Verb]pb.AccessVerb{
		access.RemoveFromGroup: pb.AccessVerb_ACCESS_VERB_REMOVE_FROM_GROUP,
		access.RevokeBudget:    pb.AccessVerb_ACCESS_VERB_REVOKE_BUDGET,
		access.CreateGroup:     pb.AccessVerb_ACCESS_VERB_CREATE_GROUP,
		access.DescribeGroup:   pb.AccessVerb_ACCESS_VERB_DESCRIBE_GROUP,
		access.CreateBudget:    pb.AccessVerb_ACCESS_VERB_CREATE_BUDGET,
		access.EditBudget:      pb.AccessVerb_ACCESS_VERB_EDIT_BUDGET,
		access.ResetBudget:     pb.AccessVerb_ACCESS_VERB_RESET_BUDGET,
		access.SetDefaultLimit: pb.AccessVerb_ACCESS_VERB_SET_DEFAULT_LIMIT,
		access.AddToGroup:      pb.AccessVerb_ACCESS_VERB_ADD_TO_GROUP,
		access.GrantBudget:     pb.AccessVerb_ACCESS_VERB_GRANT_BUDGET,
		access.SetLimit:        pb.AccessVerb_ACCESS_VERB_SET_LIMIT,
		access.DeleteBudget:    pb.AccessVerb_ACCESS_VERB_DELETE_BUDGET,
		access.DeleteGroup:     pb.AccessVerb_ACCESS_VERB_DELETE_GROUP,
	}}
	sections = vocabulary[access.Section, pb.Section]{"section", map[access.Section]pb.Section{
		access.SectionGroups:  pb.Section_SECTION_GROUPS,
		access.SectionBudgets: pb.Section_SECTION_BUDGETS,
		access.SectionLimits:  pb.Section_SECTION_LIMITS,
	}}
	// A section that was not read has no offer.
	offers = vocabulary[access.Offer, pb.Offer]{"offer", map[access.Offer]pb.Offer{
		"":                pb.Offer_OFFER_UNSPECIFIED,
		access.Offered:    pb.Offer_OFFER_OFFERED,
		access.NotOffered: pb.Offer_OFFER_NOT_OFFERED,
	}}
	// No role is a role of its own: one that this version does not know.
	roles = vocabulary[seat.Role, pb.Role]{"role", map[seat.Role]pb.Role{
		"":                pb.Role_ROLE_UNSPECIFIED,
		seat.RoleAdmin:    pb.Role_ROLE_ADMIN,
		seat.RoleEditor:   pb.Role_ROLE_EDITOR,
		seat.RoleViewer:   pb.Role_ROLE_VIEWER,
		seat.RoleSalesRep: pb.Role_ROLE_SALES_REP,
	}}
	presences = vocabulary[seat.Presence, pb.Presence]{"presence", map[seat.Presence]pb.Presence{
		seat.Pending: pb.Presence_PRESENCE_PENDING,
		seat.Active:  pb.Presence_PRESENCE_ACTIVE,
	}}
	// A call that failed before it read anything has an inventory without a source.
	sources = vocabulary[seat.Source, pb.Source]{"source", map[seat.Source]pb.Source{
		"":                 pb.Source_SOURCE_UNSPECIFIED,
		seat.SourceTraffic: pb.Source_SOURCE_TRAFFIC,
		seat.SourcePage:    pb.Source_SOURCE_PAGE,
	}}
	results = vocabulary[Result, pb.Result]{"result", map[Result]pb.Result{
		Applied:      pb.Result_RESULT_APPLIED,
		AlreadyThere: pb.Result_RESULT_ALREADY_THERE,
		Failed:       pb.Result_RESULT_FAILED,
		Unknown:      pb.Result_RESULT_UNKNOWN,
	}}
	classes = vocabulary[Class, pb.Class]{"class", map[Class]pb.Class{
		InvalidInput:   pb.Class_CLASS_INVALID_INPUT,
		Refused:        pb.Class_CLASS_REFUSED,
		AuthFailed:     pb.Class_CLASS_AUTH_FAILED,
		HumanNeeded:    pb.Class_CLASS_HUMAN_NEEDED,
		Drift:          pb.Class_CLASS_DRIFT,
		RateLimited:    pb.Class_CLASS_RATE_LIMITED,
		Unavailable:    pb.Class_CLASS_UNAVAILABLE,
		OutcomeUnknown: pb.Class_CLASS_OUTCOME_UNKNOWN,
	}}
)

// encode returns the protocol's word. A word that the domain does not have becomes the unspecified one, which the other
// side refuses.
func (v vocabulary[D, P]) encode(word D) P { return v.words[word] }

// decode returns the domain's word.
func (v vocabulary[D, P]) decode(code P) (D, error) {
	for word, candidate := range v.words {
		if candidate == code {
			return word, nil
		}
	}
	return "", fmt.Errorf("%s number %d is not known", v.name, code)
}
