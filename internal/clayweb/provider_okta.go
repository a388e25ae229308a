package clayweb

// oktaSite is Okta's sign-in widget: the classic one, where name and password stand together, and the two generations of the Identity
// Engine, where a page asks for one thing and leads to a list of ways to prove oneself.
var oktaSite = site{
	name:    "Okta",
	domains: []string{"okta.com", "oktapreview.com", "okta-emea.com", "okta-gov.com"},
	mark:    oktaMark,
	parts: map[part][]element{
		partUsername:    {oktaUsername, formUsername},
		partPassword:    {oktaPassword, formPassword},
		partPasswordWay: {oktaPasswordWay},
		partCode:        {oktaCode, formCode},
		partCodeWay:     {oktaCodeWay},
		partOtherWay:    {oktaOtherWay},
		partApproval:    {oktaApproval, formApproval},
		partDenied:      {formDenied},
		partCheck:       {loginSecurityCheck},
	},
	next:  []element{oktaNext, formNext},
	alert: []element{oktaAlert, formAlert},
	boxes: formCodeBoxes,
}
