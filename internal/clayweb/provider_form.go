package clayweb

// formSite is the log-in of an identity provider that is not known: a form with one field for the name of the account and one for the
// password, together or one after the other, and one for a code.
var formSite = site{
	name: "a log-in form",
	parts: map[part][]element{
		partUsername: {formUsername},
		partPassword: {formPassword},
		partCode:     {formCode},
		partCodeWay:  {formCodeWay},
		partOtherWay: {formOtherWay},
		partApproval: {formApproval},
		partStay:     {formStay},
		partStayNo:   {formStayNo},
		partDenied:   {formDenied},
		partCheck:    {loginSecurityCheck},
	},
	next:  []element{formNext},
	alert: []element{formAlert},
	boxes: formCodeBoxes,
}
