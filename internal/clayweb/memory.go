package clayweb

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/seatwright/clay-operator/internal/sidecar"
)

// memoryVersion is the version of the form of memory. Another one is not read: the price is one log-in.
const memoryVersion = 1

// memory is what a workspace's session holds outside the process. It is a bearer credential.
type memory struct {
	Version int `json:"version"`
	// App and Account say whose session it is; it is used for no other.
	App     string `json:"app"`
	Account string `json:"account"`
	// Line tells sessions that go back to one log-in of the browser from others; see enter.
	Line string `json:"line,omitempty"`
	// TeamURL is the address that the Team page had.
	TeamURL string `json:"teamURL,omitempty"`
	// Storage is the browser's storage state.
	Storage json.RawMessage `json:"storage"`
}

// openMemory reads the session of a workspace. One that is empty, damaged, of another version or of another account is as good as
// none.
func openMemory(workspace sidecar.Workspace) memory {
	var known memory
	if json.Unmarshal(workspace.Session, &known) != nil {
		return memory{}
	}
	own := known.Version == memoryVersion && known.App == workspace.AppURL && known.Account == string(workspace.Login.Email)
	if !own || !json.Valid(known.Storage) {
		return memory{}
	}
	if address, err := url.Parse(known.TeamURL); err != nil || !sameOrigin(address, workspace.AppURL) {
		known.TeamURL = ""
	}
	return known
}

// memory returns the session as the manager should keep it, or what it gave where there is nothing better. After a log-in that failed there
// is none.
func (v *visit) memory(ctx context.Context) []byte {
	if v.failed {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sessionWait)
	defer cancel()
	if v.session.Lost() {
		return v.workspace.Session
	}
	storage, err := v.session.StorageState(ctx)
	if err != nil {
		return v.workspace.Session
	}
	text, err := json.Marshal(memory{
		Version: memoryVersion, App: v.workspace.AppURL, Account: string(v.workspace.Login.Email),
		Line: v.place.line, TeamURL: v.place.teamURL, Storage: storage,
	})
	if err != nil {
		return v.workspace.Session
	}
	return text
}
