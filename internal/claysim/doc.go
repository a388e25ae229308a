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
//	POST   /v3/workspaces/{id}/invitations                {"emails":[…],"roleId":2}
//	PATCH  /v3/workspaces/{id}/invitations/{invitation}   {"roleId":1}
//	POST   /v3/workspaces/{id}/invitations/{invitation}/resend
//	DELETE /v3/workspaces/{id}/invitations/{invitation}
//	PATCH  /v3/workspaces/{id}/users/{user}               {"roleId":1}
//	DELETE /v3/workspaces/{id}/users/{user}
//	GET    /v3/invitations/{token}, POST /v3/invitations/{token}/accept
//
// Invented as well: the ids of the roles other than Editor, the fields
// memberCount and pendingCount of a workspace, invitationId of a permission,
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
