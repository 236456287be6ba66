// SPDX-License-Identifier: Apache-2.0

package shell

import "strings"

// shellOptions are the options of a shell that decide which failures end a
// script.
type shellOptions struct{ errexit, pipefail bool }

// apply does what the arguments of a shell or of set do to the options. Where
// they are not certain, no option is.
func (o *shellOptions) apply(args []word) {
	for i := 0; i < len(args); i++ {
		text := args[i].text
		switch {
		case args[i].unexpanded:
			*o = shellOptions{}
			return
		case text == "" || text == "-" || text == "--":
			return
		case text[0] != '-' && text[0] != '+':
			return
		case strings.HasPrefix(text, "--"):
			continue
		}
		on := text[0] == '-'
		for _, letter := range text[1:] {
			switch letter {
			case 'e':
				o.errexit = on
			case 'o', 'O':
				if i++; i < len(args) {
					o.name(args[i].text, on)
				}
			}
		}
	}
}

// name sets the option with that long name.
func (o *shellOptions) name(name string, on bool) {
	switch name {
	case "errexit":
		o.errexit = on
	case "pipefail":
		o.pipefail = on
	}
}
