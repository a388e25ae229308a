package claysim

// The sentences of refused writes to limits. They are invented.
const (
	sentenceLimitPlan = "MCP limits are not available on your plan"
	sentenceNoLimit   = "Enter a credit limit"
)

// setDefaultLimit changes what everybody without a limit of their own may spend through MCP in a month; nil is no limit.
func (w *world) setDefaultLimit(actor *account, workspaceID int, limit *int64) *refusal {
	return w.write(actor, workspaceID, VerbSetDefaultLimit, func(ws *workspace, entry *Entry) *refusal {
		entry.Limit = copied(limit)
		switch {
		case !ws.Plan.offersLimits():
			return forbidden(sentenceLimitPlan)
		case limit != nil && *limit < 0:
			return badRequest(sentenceCredits)
		}
		ws.defaultLimit = copied(limit)
		return nil
	})
}

// setLimit gives a member a limit of their own. There is no way back to the default: Clay is not known to have one.
func (w *world) setLimit(actor *account, workspaceID, userID int, limit *int64) *refusal {
	return w.write(actor, workspaceID, VerbSetLimit, func(ws *workspace, entry *Entry) *refusal {
		entry.Limit = copied(limit)
		member := ws.memberByID(userID)
		if member == nil {
			return notFound(sentenceNoMember)
		}
		entry.Target = member.Email
		switch {
		case !ws.Plan.offersLimits():
			return forbidden(sentenceLimitPlan)
		case limit == nil:
			return badRequest(sentenceNoLimit)
		case *limit < 0:
			return badRequest(sentenceCredits)
		}
		ws.change(userID, func(s *spending) { s.limit = copied(limit) })
		return nil
	})
}
