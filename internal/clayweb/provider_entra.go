package clayweb

// entraSite is Microsoft Entra ID: name, password, a second proof that begins with the telephone where there is one, and the question
// whether to stay signed in. It keeps the field of the other step on the page, out of sight.
var entraSite = site{
	name:    "Microsoft Entra ID",
	domains: []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.microsoft.com", "login.windows.net"},
	mark:    entraMark,
	parts: map[part][]element{
		partUsername:    {entraUsername, formUsername},
		partPassword:    {entraPassword, formPassword},
		partPasswordWay: {entraPasswordWay},
		partCode:        {entraCode, formCode},
		partCodeWay:     {entraCodeWay},
		partOtherWay:    {entraOtherWay},
		partApproval:    {entraApproval, formApproval},
		partAccount:     {entraAccount},
		partNewAccount:  {entraNewAccount},
		partStay:        {entraStay, formStay},
		partStayNo:      {entraStayNo, formStayNo},
		partDenied:      {entraDenied, formDenied},
		partCheck:       {loginSecurityCheck},
	},
	next:  []element{entraNext, formNext},
	alert: []element{entraAlert, formAlert},
	boxes: formCodeBoxes,
}
