package clayweb

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/sidecar"
)

var (
	// workspaceID is what Clay's ids look like.
	workspaceID = regexp.MustCompile(`^[0-9]+$`)
	// workspacePath is the part of an address of the app that names the workspace.
	workspacePath = regexp.MustCompile(`^/workspaces/([0-9]+)(?:/|$)`)
	// trafficPattern is what is read of the page's own traffic. The profile of the account (/v3/me) is not among it: it
	// holds a secret.
	trafficPattern = regexp.MustCompile(`^https?://[^/]+/v3(?:/workspaces/([0-9]+)(?:/(users|permissions))?)?/?$`)
)

// checkWorkspace refuses what would lead the browser elsewhere than meant.
func checkWorkspace(workspace sidecar.Workspace) error {
	if !workspaceID.MatchString(workspace.ID) {
		return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonWrongWorkspace, "the workspace's id must be a number")
	}
	address, err := url.Parse(workspace.AppURL)
	if err != nil || (address.Scheme != "https" && address.Scheme != "http") || address.Host == "" || strings.Trim(address.Path, "/") != "" {
		return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonWrongWorkspace, "the address of Clay's app must be an origin such as https://app.clay.com")
	}
	return nil
}

// home is the address of the workspace.
func (v *visit) home() string { return v.workspace.AppURL + "/workspaces/" + v.workspace.ID }

// sameOrigin says whether an address belongs to the app.
func sameOrigin(address *url.URL, appURL string) bool {
	app, err := url.Parse(appURL)
	return err == nil && address.Scheme == app.Scheme && strings.EqualFold(address.Host, app.Host)
}

// sameSite says whether a host is the app's or a sibling of it, as api.clay.com is of app.clay.com.
func sameSite(host, appURL string) bool {
	app, err := url.Parse(appURL)
	if err != nil {
		return false
	}
	if strings.EqualFold(host, app.Host) {
		return true
	}
	_, parent, found := strings.Cut(strings.ToLower(app.Host), ".")
	return found && strings.Contains(parent, ".") && strings.HasSuffix(strings.ToLower(host), "."+parent)
}

// onApp says whether the page is one of the app's own.
func (v *visit) onApp(page playwright.Page) bool {
	address, err := url.Parse(page.URL())
	return err == nil && sameOrigin(address, v.workspace.AppURL)
}

// shownWorkspace is the id in the page's address, or "".
func (v *visit) shownWorkspace(page playwright.Page) string {
	address, err := url.Parse(page.URL())
	if err != nil || !sameOrigin(address, v.workspace.AppURL) {
		return ""
	}
	if match := workspacePath.FindStringSubmatch(address.Path); match != nil {
		return match[1]
	}
	return ""
}

// hostOf is the host of an address.
func hostOf(text string) string {
	address, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return address.Host
}

// pathOf is the path of the page's address.
func pathOf(page playwright.Page) string {
	address, err := url.Parse(page.URL())
	if err != nil {
		return ""
	}
	return address.Path
}
