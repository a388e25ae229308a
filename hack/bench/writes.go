package main

import (
	"context"
	"strings"
)

// writes counts what was written to the API server, by everybody, since it started. Leases are left out: leader election
// renews its one at a fixed pace.
type writes struct {
	users, workspaces, events int
}

// writes asks the API server.
func (c *cluster) writes(ctx context.Context) (writes, error) {
	measured, err := scrape(ctx, c.http, strings.TrimSuffix(c.Config.Host, "/")+"/metrics")
	if err != nil {
		return writes{}, err
	}
	count := func(resource string) int {
		total := 0.0
		for _, verb := range []string{"CREATE", "POST", "PUT", "UPDATE", "PATCH", "APPLY", "DELETE"} {
			total += measured.sum("apiserver_request_total", labels{"resource": resource, "verb": verb})
		}
		return int(total)
	}
	return writes{users: count("clayusers"), workspaces: count("clayworkspaces"), events: count("events")}, nil
}

func (w writes) since(before writes) writes {
	return writes{users: w.users - before.users, workspaces: w.workspaces - before.workspaces, events: w.events - before.events}
}
