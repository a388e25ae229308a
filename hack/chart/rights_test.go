package chart

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// verbs are all that RBAC knows for resources.
var verbs = []string{
	"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "impersonate", "bind", "escalate",
}

// Where a right may count: in the namespace of the release, in one that is watched, in one that is not, and in the whole cluster.
const (
	here, there, elsewhere, everywhere = namespace, "sales", "other", ""
)

// own are the rights that the operator needs where it watches, by resource and group.
var own = map[string][]string{
	"configmaps":                                {"get", "list", "watch"},
	"secrets":                                   {"create", "get", "list", "update", "watch"},
	"claygroups.clay.seatwright.dev":            {"get", "list", "watch"},
	"clayusers.clay.seatwright.dev":             {"get", "list", "patch", "watch"},
	"clayworkspaces.clay.seatwright.dev":        {"get", "list", "patch", "watch"},
	"claygroups/status.clay.seatwright.dev":     {"patch"},
	"clayusers/status.clay.seatwright.dev":      {"patch"},
	"clayworkspaces/status.clay.seatwright.dev": {"update"},
	"events.events.k8s.io":                      {"create", "patch"},
}

// leading are the rights that it needs in its own namespace, to lead.
var leading = map[string][]string{
	"leases.coordination.k8s.io": {"create", "get", "update"},
	"events":                     {"create", "patch"},
	"events.events.k8s.io":       {"create", "patch"},
}

// judging are the rights that it needs to know who asks for the metrics.
var judging = map[string][]string{
	"tokenreviews.authentication.k8s.io":        {"create"},
	"subjectaccessreviews.authorization.k8s.io": {"create"},
}

// TestTheOperatorMayDoWhatItNeedsAndNothingElse asks the API server's own authorizer what the account of the operator may do in several
// namespaces: for every verb of what it could be after, and, the other way round, for all that its roles say.
func TestTheOperatorMayDoWhatItNeedsAndNothingElse(t *testing.T) {
	server := startPlane(t, definitionsInConfig)
	for _, name := range []string{here, there, elsewhere, "research"} {
		server.makeNamespace(t, name)
	}
	tests := map[string]struct {
		given   values
		account string
		want    map[string]map[string][]string
	}{
		"cluster-wide": {
			given: nil, account: release,
			want: map[string]map[string][]string{
				here: union(own, leading, judging), there: union(own, judging), elsewhere: union(own, judging), everywhere: union(own, judging),
			},
		},
		"some namespaces": {
			given: valuesOf(t, "namespaced"), account: release,
			want: map[string]map[string][]string{here: leading, there: own, "research": own, elsewhere: {}, everywhere: {}},
		},
		"some namespaces, and metrics over TLS": {
			given: set("watch.namespaces", []any{there}), account: release,
			want: map[string]map[string][]string{here: union(leading, judging), there: union(own, judging), elsewhere: judging, everywhere: judging},
		},
		"the account of the test": {
			given: nil, account: release + "-check",
			want: map[string]map[string][]string{here: {"leases.coordination.k8s.io": {"get"}}, there: {}, elsewhere: {}, everywhere: {}},
		},
		"no roles": {
			given: set("rbac.create", false), account: release,
			want: map[string]map[string][]string{here: {}, there: {}, elsewhere: {}, everywhere: {}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server.bind(t, render(t, test.given))
			for place, want := range test.want {
				if difference := cmp.Diff(want, server.answers(t, test.account, place)); difference != "" {
					t.Errorf("in %q it needs (-) and may (+):\n%s", place, difference)
				}
				if place == everywhere {
					continue
				}
				if difference := cmp.Diff(want, server.rules(t, test.account, place)); difference != "" {
					t.Errorf("in %q it needs (-) and its roles say (+):\n%s", place, difference)
				}
			}
			if server.may(t, test.account, authorizationv1.SubjectAccessReviewSpec{
				NonResourceAttributes: &authorizationv1.NonResourceAttributes{Path: "/metrics", Verb: "get"},
			}) {
				t.Error("it may read the metrics of others")
			}
		})
	}
}

func union(sets ...map[string][]string) map[string][]string {
	all := map[string][]string{}
	for _, set := range sets {
		for resource, verbs := range set {
			all[resource] = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(all[resource]), verbs...))))
		}
	}
	return all
}

// bind makes the roles and their bindings for the time of a test.
func (p *plane) bind(t *testing.T, rendered objects) {
	t.Helper()
	for _, object := range rendered {
		if object.GroupVersionKind().Group != "rbac.authorization.k8s.io" {
			continue
		}
		if err := p.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := p.Delete(context.WithoutCancel(t.Context()), object); err != nil {
				t.Error(err)
			}
		})
	}
}

// resources are those that a right could be meant for: what the operator works with, and what nobody should be able to reach by it.
func resources() []string {
	dangerous := []string{
		"pods", "pods/exec", "pods/log", "nodes", "nodes/proxy", "namespaces", "serviceaccounts", "serviceaccounts/token", "services", "persistentvolumes",
		"users", "groups", "clayusers/finalizers.clay.seatwright.dev", "deployments.apps", "daemonsets.apps", "jobs.batch",
		"roles.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io",
		"customresourcedefinitions.apiextensions.k8s.io", "validatingadmissionpolicies.admissionregistration.k8s.io",
		"mutatingwebhookconfigurations.admissionregistration.k8s.io", "certificatesigningrequests.certificates.k8s.io",
	}
	return append(slices.Collect(maps.Keys(union(own, leading, judging))), dangerous...)
}

// answers asks the authorizer about every resource and verb, in a place, and returns what an account may.
func (p *plane) answers(t *testing.T, account, place string) map[string][]string {
	t.Helper()
	allowed := map[string][]string{}
	for _, resource := range resources() {
		full, group, _ := strings.Cut(resource, ".")
		name, subresource, _ := strings.Cut(full, "/")
		for _, verb := range verbs {
			if p.may(t, account, authorizationv1.SubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
				Namespace: place, Verb: verb, Group: group, Resource: name, Subresource: subresource,
			}}) {
				allowed[resource] = append(allowed[resource], verb)
			}
		}
		slices.Sort(allowed[resource])
	}
	return allowed
}

// may asks the authorizer.
func (p *plane) may(t *testing.T, account string, asked authorizationv1.SubjectAccessReviewSpec) bool {
	t.Helper()
	asked.User, asked.Groups = identity(account)
	review := &authorizationv1.SubjectAccessReview{Spec: asked}
	if err := p.Create(t.Context(), review); err != nil {
		t.Fatal(err)
	}
	return review.Status.Allowed
}

// rules returns all that the bindings of a namespace and of the cluster let an account do there, beyond what every account may.
func (p *plane) rules(t *testing.T, account, place string) map[string][]string {
	t.Helper()
	granted, usual := p.ruled(t, account, place), p.ruled(t, "somebody-else", place)
	for resource, verbs := range granted {
		verbs = slices.DeleteFunc(verbs, func(verb string) bool { return slices.Contains(usual[resource], verb) })
		granted[resource] = slices.Compact(slices.Sorted(slices.Values(verbs)))
		if len(verbs) == 0 {
			delete(granted, resource)
		}
	}
	return granted
}

func (p *plane) ruled(t *testing.T, account, place string) map[string][]string {
	t.Helper()
	config := rest.CopyConfig(p.config)
	config.Impersonate.UserName, config.Impersonate.Groups = identity(account)
	asking, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	review := &authorizationv1.SelfSubjectRulesReview{Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: place}}
	if err := asking.Create(t.Context(), review); err != nil {
		t.Fatal(err)
	}
	if review.Status.Incomplete {
		t.Fatalf("the answer is not complete: %s", review.Status.EvaluationError)
	}
	found := map[string][]string{}
	for _, rule := range review.Status.ResourceRules {
		if len(rule.ResourceNames) > 0 {
			t.Fatalf("this test knows nothing of names: %v", rule)
		}
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				full := strings.TrimSuffix(resource+"."+group, ".")
				found[full] = append(found[full], rule.Verbs...)
			}
		}
	}
	return found
}

// identity is how the API server knows an account of the release's namespace.
func identity(account string) (user string, groups []string) {
	return "system:serviceaccount:" + namespace + ":" + account,
		[]string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"}
}
