package notify

import (
	"strings"
	"testing"
)

func TestTargetCheck(t *testing.T) {
	good := Target{Name: "operations", Format: Slack, URL: "https://hooks.example.com" + secretPath}
	cases := map[string]struct {
		change func(*Target)
		// want is part of the error; empty where there is none.
		want string
	}{
		"https":                         {func(*Target) {}, ""},
		"with a line break from a file": {func(t *Target) { t.URL += "\n" }, ""},
		"with a user":                   {func(t *Target) { t.URL = "https://jo:correct-horse@hooks.example.com/" }, ""},
		"CloudEvents":                   {func(t *Target) { t.Format = CloudEvents }, ""},
		"http to this machine, by name": {func(t *Target) { t.URL = "http://localhost:8080" + secretPath }, ""},
		"http to this machine, v4":      {func(t *Target) { t.URL = "http://127.0.0.1" + secretPath }, ""},
		"http to this machine, v6":      {func(t *Target) { t.URL = "http://[::1]:8080" + secretPath }, ""},
		"http elsewhere, allowed":       {func(t *Target) { t.URL, t.AllowInsecure = "http://hooks.example.com"+secretPath, true }, ""},
		"a key":                         {func(t *Target) { t.SigningKey = signingKey + "\n" }, ""},
		"a key without prefix":          {func(t *Target) { t.SigningKey = Secret(signingKey[len(keyPrefix):]) }, ""},
		"no name":                       {func(t *Target) { t.Name = "" }, "has no name: give it one"},
		"no format":                     {func(t *Target) { t.Format = "" }, `format is "": write Slack or CloudEvents`},
		"unknown format":                {func(t *Target) { t.Format = "Teams" }, `format is "Teams": write Slack or CloudEvents`},
		"no address":                    {func(t *Target) { t.URL = " \n" }, "the key url of its Secret is empty"},
		"no scheme":                     {func(t *Target) { t.URL = "hooks.example.com" + secretPath }, "holds no address of a webhook"},
		"no host":                       {func(t *Target) { t.URL = "https://" + secretPath }, "holds no address of a webhook"},
		"a port without host":           {func(t *Target) { t.URL = "https://:443" + secretPath }, "holds no address of a webhook"},
		"another scheme":                {func(t *Target) { t.URL = "ftp://hooks.example.com" + secretPath }, "holds no address of a webhook"},
		"a control character":           {func(t *Target) { t.URL = "https://hooks.example.com" + secretPath + "\x01x" }, "holds no address of a webhook"},
		"a bad escape":                  {func(t *Target) { t.URL = "https://hooks.example.com" + secretPath + "%zz" }, "holds no address of a webhook"},
		"a bad port":                    {func(t *Target) { t.URL = "https://hooks.example.com:correct-horse/" }, "holds no address of a webhook"},
		"http elsewhere":                {func(t *Target) { t.URL = "http://hooks.example.com" + secretPath }, "unencrypted: use https://"},
		"http to a name like localhost": {func(t *Target) { t.URL = "http://localhost.example.com" + secretPath }, "unencrypted: use https://"},
		"http to an address like it":    {func(t *Target) { t.URL = "http://127.0.0.1.example.com" + secretPath }, "unencrypted: use https://"},
		"a key that is no base64":       {func(t *Target) { t.SigningKey = "correct-horse-battery-staple!" }, "the key signingKey of its Secret must be"},
		"a key that is too short":       {func(t *Target) { t.SigningKey = "whsec_Y29ycmVjdC1ob3JzZQ==" }, "must be 24 to 64 random bytes"},
		"a key that is too long":        {func(t *Target) { t.SigningKey = Secret(strings.Repeat("c3Rh", 22)) }, "must be 24 to 64 random bytes"},
		"a prefix and no key":           {func(t *Target) { t.SigningKey = keyPrefix }, "must be 24 to 64 random bytes"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			target := good
			c.change(&target)
			err := target.Check()
			if c.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q in it", err, c.want)
			}
			requireNoSecretIn(t, err)
			if target.Name != "" && !strings.HasPrefix(err.Error(), `notification "operations": `) {
				t.Errorf("the error does not begin with the name: %v", err)
			}
		})
	}
}

func TestTargetsAreNotShown(t *testing.T) {
	target := Target{Name: "operations", Format: Slack, URL: "https://hooks.example.com" + secretPath, SigningKey: signingKey}
	requireNoSecretIn(t, target)
	requireNoSecretIn(t, &target)
	requireNoSecretIn(t, []Target{target})
	requireNoSecretIn(t, target.URL)
}
