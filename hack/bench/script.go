package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/seatwright/clay-operator/hack/internal/embedded"
	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// scriptTask is what one-by-one.mjs reads; see there.
type scriptTask struct {
	Driver      string               `json:"driver"`
	Chromium    string               `json:"chromium"`
	AppURL      string               `json:"appURL"`
	Workspace   string               `json:"workspace"`
	Email       string               `json:"email"`
	Password    string               `json:"password"`
	Name        string               `json:"name"`
	RoleIDs     map[claysim.Role]int `json:"roleIDs"`
	Verify      bool                 `json:"verify"`
	Invitations []person             `json:"invitations"`
	Roles       []person             `json:"roles"`
	Removals    []person             `json:"removals"`
}

// scriptResult is what one-by-one.mjs answers, in seconds.
type scriptResult struct {
	Invitations float64 `json:"invitations"`
	Roles       float64 `json:"roles"`
	Removals    float64 `json:"removals"`
}

// runScript runs the errand one person at a time, with or without a proof for each.
func (b *bench) runScript(ctx context.Context, work errand, verify bool) (_ outcome, err error) {
	simulator, err := work.world()
	if err != nil {
		return outcome{}, err
	}
	defer func() { err = errors.Join(err, simulator.Close()) }()
	install, err := browser.Locate(browser.Options{})
	if err != nil {
		return outcome{}, fmt.Errorf("find the browser: %w", err)
	}
	task := scriptTask{
		Driver: install.DriverDir, Chromium: install.Chromium, AppURL: simulator.AppURL(), Workspace: strconv.Itoa(workspaceID),
		Email: accountEmail, Password: accountPassword, Name: accountName, RoleIDs: map[claysim.Role]int{}, Verify: verify,
		Invitations: work.invitations, Roles: work.roles, Removals: work.removals,
	}
	for _, role := range givenRoles() {
		task.RoleIDs[role] = role.ID()
	}
	b.progress.stepf("  one by one, each proved: %t", verify)
	result, err := b.node(ctx, install.Node, task)
	if err != nil {
		return outcome{}, err
	}
	b.checkWorld(simulator, work, "the script")
	return outcome{
		invitations: fromSeconds(result.Invitations), roles: fromSeconds(result.Roles), removals: fromSeconds(result.Removals),
		effort: effortOf(simulator.Counters()),
	}, nil
}

// node runs the script and shows how far it is.
func (b *bench) node(ctx context.Context, program string, task scriptTask) (scriptResult, error) {
	root, err := embedded.Root()
	if err != nil {
		return scriptResult{}, err
	}
	input, err := json.Marshal(task) //nolint:gosec // The password is the simulator's, and goes to the script alone.
	if err != nil {
		return scriptResult{}, fmt.Errorf("write the script's task: %w", err)
	}
	var complaint bytes.Buffer
	script := exec.CommandContext(ctx, program, filepath.Join(root, "hack", "bench", "one-by-one.mjs"))
	script.Stdin, script.Stderr = bytes.NewReader(input), &complaint
	output, err := script.StdoutPipe()
	if err != nil {
		return scriptResult{}, fmt.Errorf("run the script: %w", err)
	}
	if err := script.Start(); err != nil {
		return scriptResult{}, fmt.Errorf("run the script: %w", err)
	}
	total, done := len(task.Invitations)+len(task.Roles)+len(task.Removals), 0
	var last []byte
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if last = bytes.Clone(lines.Bytes()); string(last) == scriptProgress {
			done++
			b.progress.count(done, total, "people")
		}
	}
	if err := errors.Join(lines.Err(), script.Wait()); err != nil {
		return scriptResult{}, fmt.Errorf("run the script: %w\n%s", err, complaint.String())
	}
	var result scriptResult
	if err := json.Unmarshal(last, &result); err != nil {
		return scriptResult{}, fmt.Errorf("read the script's result: %w", err)
	}
	return result, nil
}

// scriptProgress is the line that the script prints for each person.
const scriptProgress = "person"

func fromSeconds(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
