package clayweb

// oneloginSite is OneLogin: name, password, and a second proof. What its pages after the password are made of is the least sure of all.
var oneloginSite = site{
	name:    "OneLogin",
	domains: []string{"onelogin.com", "onelogin.eu"},
	mark:    oneloginMark,
	parts: map[part][]element{
		partUsername: {oneloginUsername, formUsername},
		partPassword: {oneloginPassword, formPassword},
		partCode:     {oneloginCode, formCode},
		partCodeWay:  {oneloginCodeWay, formCodeWay},
		partOtherWay: {oneloginOtherWay, formOtherWay},
		partApproval: {oneloginApproval, formApproval},
		partDenied:   {formDenied},
		partCheck:    {loginSecurityCheck},
	},
	next:  []element{oneloginNext, formNext},
	alert: []element{oneloginAlert, formAlert},
	boxes: formCodeBoxes,
}
