package claysim

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestSamplesStart(t *testing.T) {
	const crowd = 2000
	for name, sample := range map[string]struct {
		seed    Seed
		members int
	}{
		"sample":   {Sample(), 8},
		"hostile":  {HostileSample(), 8 + len(hostileMembers())},
		"crowd":    {CrowdSample(crowd), 2 + crowd},
		"sign-ins": {SignInSample(), 8 + 1 + len(IdentityProviders())},
		"access":   {AccessSample(), 8},
	} {
		t.Run(name, func(t *testing.T) {
			server := startServer(t, Options{Seed: sample.seed})
			members := server.Workspace(SampleWorkspace).Members
			if len(members) != sample.members {
				t.Errorf("%d members, want %d", len(members), sample.members)
			}
			emails := map[string]bool{}
			for _, member := range members {
				folded := strings.ToLower(member.Email)
				if emails[folded] {
					t.Errorf("%s is there twice", member.Email)
				}
				emails[folded] = true
				if !strings.HasSuffix(folded, "@example.com") && !strings.HasSuffix(folded, ".example.com") {
					t.Errorf("%s is an address of somebody else's", member.Email)
				}
			}
			listed := signedInBrowser(t, server).get("/v3/workspaces/4821/users").list(t, "users")
			if len(listed) != sample.members {
				t.Errorf("%d members are listed, want %d", len(listed), sample.members)
			}
		})
	}
}

func TestHostileValuesArriveAsTheyAre(t *testing.T) {
	server := startServer(t, Options{Seed: HostileSample()})
	listed := signedInBrowser(t, server).get("/v3/workspaces/4821/users").list(t, "users")
	longest := 0
	for _, want := range hostileMembers() {
		if !slices.ContainsFunc(listed, func(user map[string]any) bool { return user["email"] == want.Email && user["name"] == want.Name }) {
			t.Errorf("%s is not listed with its name", want.Email)
		}
		longest = max(longest, len(want.Name))
	}
	if longest != longName {
		t.Errorf("the longest name has %d characters", longest)
	}
}

func TestTheWaysOfSigningInAreAllThere(t *testing.T) {
	server := startServer(t, Options{Seed: SignInSample()})
	b := newBrowser(t, server)
	for email, want := range map[string]string{
		"code@example.com": "", "okta@example.com": "okta.localhost", "entra@example.com": "entra.localhost", "google@example.com": "google.localhost",
		"onelogin@example.com": "onelogin.localhost", "generic@example.com": "sso.localhost",
	} {
		got := b.call(http.MethodPost, "/v3/auth/start", credentials{Email: email})
		entry, _ := got.body["url"].(string)
		if got.status != http.StatusOK || !strings.Contains(entry, want) || (want == "") != (entry == "") {
			t.Errorf("%s: %d, %q", email, got.status, entry)
		}
	}
}
