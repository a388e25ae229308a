package cli

import (
	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seatwright/clay-operator/api/v1alpha1"
)

// completeWorkspace has the shell complete --workspace by what is in the cluster and the namespace that other flags name. A cluster that does
// not answer completes nothing.
func completeWorkspace(command *cobra.Command, kubeconfig, namespace *string) {
	mustComplete(command, "workspace", func(command *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		target := targetFlags{kubeconfig: *kubeconfig, namespace: *namespace}
		cluster, err := target.connect(command.Context())
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		list := &v1alpha1.ClayWorkspaceList{}
		if err := cluster.List(command.Context(), list, client.InNamespace(target.namespace)); err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var names []cobra.Completion
		for i := range list.Items {
			names = append(names, cobra.CompletionWithDesc(list.Items[i].Name, "Clay workspace "+list.Items[i].Spec.WorkspaceID))
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
}

// completeOutput has the shell complete --output by the formats that the command has.
func completeOutput(command *cobra.Command, formats []string) {
	mustComplete(command, "output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
}

// completePeople has the shell complete an argument by the addresses of the ClayUsers.
func completePeople(target *targetFlags) cobra.CompletionFunc {
	return func(command *cobra.Command, arguments []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(arguments) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		cluster, err := target.connect(command.Context())
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		list := &v1alpha1.ClayUserList{}
		if err := cluster.List(command.Context(), list, client.InNamespace(target.namespace)); err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var addresses []cobra.Completion
		for i := range list.Items {
			addresses = append(addresses, cobra.CompletionWithDesc(list.Items[i].Spec.Email, "ClayUser "+list.Items[i].Name))
		}
		return addresses, cobra.ShellCompDirectiveNoFileComp
	}
}

func mustComplete(command *cobra.Command, flag string, by cobra.CompletionFunc) {
	if err := command.RegisterFlagCompletionFunc(flag, by); err != nil {
		panic(err) // The flag was bound the moment before.
	}
}
