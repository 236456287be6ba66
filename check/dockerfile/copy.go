// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"fmt"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

func (e *evaluator) copy(st *state, s *stage, in *instruction, c *instructions.CopyCommand) error {
	if c.From != "" {
		if from := e.source(c.From); from != nil {
			if from.index > s.index {
				return fmt.Errorf("cannot copy from stage %q, it needs to be defined before current stage %q", brief(c.From), stageName(s))
			}
			e.stage(from)
		}
	}
	return nil
}

func stageName(s *stage) string {
	if s.from.Name == "" {
		return fmt.Sprintf("stage-%d", s.index)
	}
	return s.name()
}

func (e *evaluator) add(st *state, in *instruction, c *instructions.AddCommand) error {
	return nil
}
