// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/fgpreflight/fgpreflight/check/probe"
)

// probeCommand is what --run starts beside the container. People do not call
// it.
func (p *program) probeCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "probe SPEC",
		Short:  "Call the server in this network namespace; --run starts it beside a container",
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return seeHelp(cmd, "probe is what --run starts beside a container; to check a target of that name, write: check probe")
			}
			var spec probe.Spec
			if err := json.Unmarshal([]byte(args[0]), &spec); err != nil {
				return seeHelp(cmd, fmt.Sprintf("probe: the argument is not what --run passes: %v", err))
			}
			err := probe.Prober{Now: now, Proc: os.DirFS("/proc/self")}.Run(cmd.Context(), spec, p.stdout)
			if err != nil {
				return &incompleteError{err}
			}
			<-cmd.Context().Done() // The function's container shares the network of this one.
			return nil
		},
	}
}
