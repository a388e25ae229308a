package cli

import (
	"fmt"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// clusterOf returns the cluster and the namespace that a person means: those of the kubeconfig at a path, where one is given, and a
// namespace, where one is given.
func clusterOf(kubeconfig, namespace string) (*rest.Config, string, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	overrides := &clientcmd.ConfigOverrides{}
	overrides.Context.Namespace = namespace
	loaded := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
	config, err := loaded.ClientConfig()
	if err != nil {
		return nil, "", fmt.Errorf("no cluster was found: name a kubeconfig with --kubeconfig or KUBECONFIG (%w)", err)
	}
	config.UserAgent = "clay-operator/" + version()
	namespace, _, err = loaded.Namespace()
	if err != nil {
		return nil, "", fmt.Errorf("find the namespace: %w", err)
	}
	return config, namespace, nil
}
