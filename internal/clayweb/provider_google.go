package clayweb

// googleSite is Google Workspace. It refuses many browsers that a program drives, whatever the account: then only a person can sign in.
var googleSite = site{
	name:    "Google Workspace",
	domains: []string{"accounts.google.com"},
	mark:    googleMark,
	parts: map[part][]element{
		partUsername:    {googleUsername, formUsername},
		partPassword:    {googlePassword, formPassword},
		partPasswordWay: {googlePasswordWay},
		partCode:        {googleCode},
		partCodeWay:     {googleCodeWay},
		partOtherWay:    {googleOtherWay},
		partApproval:    {googleApproval, formApproval},
		partAccount:     {googleAccount},
		partNewAccount:  {googleNewAccount},
		partConfirm:     {googleConfirm},
		partUnsafe:      {googleUnsafe},
		partDenied:      {googleDenied, formDenied},
		partCheck:       {loginSecurityCheck},
	},
	next:  []element{googleNext, formNext},
	alert: []element{googleAlert, formAlert},
	boxes: formCodeBoxes,
}
