// Package claysim is a stand-in for Clay: a web application with a log-in, a
// Team page, the traffic behind that page, invitation e-mails and faults.
// Tests and the demo drive it with a real browser; it is in no shipped image.
//
// One listener serves these hosts:
//
//	http://app.clay.localhost:PORT  the pages (client-rendered, history API)
//	http://api.clay.localhost:PORT  the traffic of the pages (cookie claysession)
//	http://okta.localhost:PORT, entra, google, onelogin, sso (a generic one)
//	                                the identity providers, each an origin of its own
//	http://127.0.0.1:PORT/_sim/     the control surface, for people and programs
//
// Chromium resolves *.localhost to the loopback interface by itself; Go clients
// need a DialContext that does.
//
// # What is known and what is invented
//
// The shapes of GET /v3, /v3/me, /v3/workspaces/{id}, …/users, …/permissions
// and of the 401 and 404 bodies are those that were reported of the real
// application. How Clay's writes travel is unknown. These calls are therefore
// invented, and nothing may learn Clay's manners from them:
//
//	POST   /v3/auth/start, /v3/auth/password, /v3/auth/code, /v3/auth/sso/acs,
//	       /v3/auth/security-check, /v3/auth/logout
//	GET    /v3/my-workspaces
//	POST   /v3/workspaces/{id}/invitations                {"emails":[…],"roleId":2,"groupIds":[…],"budgetIds":[…]}
//	PATCH  /v3/workspaces/{id}/invitations/{invitation}   {"roleId":1}
//	POST   /v3/workspaces/{id}/invitations/{invitation}/resend
//	DELETE /v3/workspaces/{id}/invitations/{invitation}
//	PATCH  /v3/workspaces/{id}/users/{user}               {"roleId":1}
//	DELETE /v3/workspaces/{id}/users/{user}
//	GET    /v3/invitations/{token}, POST /v3/invitations/{token}/accept
//	GET    /v3/workspaces/{id}/groups, POST …/groups      {"name":"Sales","userIds":[…]}
//	GET    /v3/workspaces/{id}/groups/{group}, PATCH      {"description":"…"}, DELETE
//	POST   /v3/workspaces/{id}/groups/{group}/members     {"userIds":[…]}
//	DELETE /v3/workspaces/{id}/groups/{group}/members/{user}
//	GET    /v3/workspaces/{id}/budgets, POST …/budgets, PATCH and DELETE …/budgets/{budget}
//	POST   /v3/workspaces/{id}/budgets/{budget}/reset
//	GET    /v3/workspaces/{id}/mcp, PATCH …/mcp and …/mcp/users/{user}   {"creditLimit":500}
//	GET    /v3/workspaces/{id}/usage/mcp
//
// Groups, budgets, limits and usage: which of them there are, on which plan, what can be set,
// that a limit counts from the first of the month 00:00 UTC, that a budget never starts again by
// itself and cannot be deleted while workbooks use it, that only admins change groups while
// everybody sees them, and most labels are documented. How the pages look is not, and neither is
// what follows; it is assumed:
//
//   - names of groups are unique without regard to case; several budgets may have one name
//   - a budget may be open to nobody; one dialog sends all of it, and takes the place of what was there
//   - a group that is deleted takes its access to budgets with it
//   - a limit of somebody's own cannot be taken away again, only changed
//   - the older Enterprise plan, which is documented to have limits, has neither groups nor budgets;
//     nothing may rely on that
//   - only admins see limits and the usage of others
//   - what the dialog that invites asks for is given when the invitation is accepted; a budget that
//     comes with a group of the person is not granted to them as well
//   - the fields that search show twenty matches at most, and load them when they open
//
// Invented as well: the ids of the roles other than Editor, the fields
// memberCount and pendingCount of a workspace, its featureFlags, invitationId of a permission,
// the URL of the Team page, all sentences, and every label that a Variant names.
//
// The pages of the identity providers follow what those who drive the real ones
// have published: field names, ids, labels and the order of the pages. How these
// pages talk to their server is invented, and so are the sentences of OneLogin
// after its password page. Where Clay's own part, WorkOS, would stand between
// Clay and the provider, the browser is sent on at once.
//
// # What the package may not do
//
// It imports the standard library only, knows nothing of the code that drives
// it, keeps nothing on disk, and must not be bent to make that code pass.
package claysim
