package chart

import (
	"net/netip"
	"slices"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
)

// reaches says whether a policy lets a pod reach an address in a port.
func reaches(t *testing.T, policy *networkingv1.NetworkPolicy, address string, port int32) bool {
	t.Helper()
	target := netip.MustParseAddr(address)
	return slices.ContainsFunc(policy.Spec.Egress, func(rule networkingv1.NetworkPolicyEgressRule) bool {
		fits := slices.ContainsFunc(rule.Ports, func(allowed networkingv1.NetworkPolicyPort) bool {
			return allowed.Port != nil && allowed.Port.IntVal == port && allowed.Protocol == nil
		})
		return fits && (len(rule.To) == 0 || slices.ContainsFunc(rule.To, func(peer networkingv1.NetworkPolicyPeer) bool {
			contains := func(cidr string) bool { return netip.MustParsePrefix(cidr).Contains(target) }
			return peer.IPBlock != nil && contains(peer.IPBlock.CIDR) && !slices.ContainsFunc(peer.IPBlock.Except, contains)
		}))
	})
}

func TestWhatThePodMayReach(t *testing.T) {
	const (
		server, web, webSix     = "192.0.2.10", "203.0.113.7", "2001:db8::7"
		inside, insideSix, meta = "10.1.2.3", "fd00::1", "169.254.169.254"
	)
	named := set("networkPolicy.apiServer.cidrs", []any{server + "/32"})
	sandboxed := set("browser.sandbox.enabled", true)
	tests := map[string]struct {
		given   values
		address string
		port    int32
		want    bool
	}{
		"Clay":                                        {named, web, 443, true},
		"Clay, over IPv6":                             {named, webSix, 443, true},
		"the API server":                              {named, server, 6443, true},
		"an API server that nobody named":             {nil, inside, 6443, true},
		"the web in clear":                            {named, web, 80, false},
		"another port of the web":                     {named, web, 22, false},
		"the metadata of a cloud":                     {named, meta, 443, false},
		"the metadata of a cloud, in clear":           {nil, meta, 80, false},
		"the inside, without a sandbox":               {named, inside, 443, false},
		"the inside over IPv6, without a sandbox":     {named, insideSix, 443, false},
		"the inside, with a sandbox":                  {with(named, sandboxed), inside, 443, true},
		"the metadata of a cloud, with a sandbox":     {with(named, sandboxed), meta, 443, false},
		"the web, where the values name hosts":        {with(named, set("networkPolicy.web.cidrs", []any{"198.51.100.0/24"})), web, 443, false},
		"a named host, where the values name hosts":   {with(named, set("networkPolicy.web.cidrs", []any{"198.51.100.0/24"})), "198.51.100.9", 443, true},
		"another pod's API, once the server is named": {named, inside, 6443, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			policy := as[networkingv1.NetworkPolicy](t, render(t, test.given).one(t, "NetworkPolicy", release))
			if got := reaches(t, policy, test.address, test.port); got != test.want {
				t.Errorf("%s:%d is reached: %t, want %t", test.address, test.port, got, test.want)
			}
		})
	}
}

func TestWhoReachesThePod(t *testing.T) {
	policy := as[networkingv1.NetworkPolicy](t, render(t, nil).one(t, "NetworkPolicy", release))
	if !slices.Contains(policy.Spec.PolicyTypes, networkingv1.PolicyTypeIngress) {
		t.Fatal("everybody reaches it")
	}
	var ports []string
	for _, rule := range policy.Spec.Ingress {
		for _, port := range rule.Ports {
			ports = append(ports, port.Port.StrVal)
		}
	}
	if !slices.Equal(ports, []string{"metrics", "health"}) {
		t.Errorf("it is reached on %v", ports)
	}
}

func TestCiliumsPolicyIsInThePlaceOfTheOther(t *testing.T) {
	rendered := render(t, valuesOf(t, "team"))
	if rendered.find("NetworkPolicy", release) != nil {
		t.Error("what one policy allows, the other cannot forbid: there are two")
	}
	if rendered.find("CiliumNetworkPolicy", release) == nil {
		t.Error("there is none")
	}
}
