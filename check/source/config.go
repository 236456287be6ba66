// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// imageConfig is what is read of an image config, whose form OCI and Docker
// share.
type imageConfig struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	RootFS       struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
	Config containerConfig `json:"config"`
}

// containerConfig is the part of an image config that a container inherits.
type containerConfig struct {
	User         string                     `json:"User"`
	Env          []string                   `json:"Env"`
	Entrypoint   []string                   `json:"Entrypoint"`
	Cmd          []string                   `json:"Cmd"`
	WorkingDir   string                     `json:"WorkingDir"`
	ExposedPorts map[string]json.RawMessage `json:"ExposedPorts"`
	Volumes      map[string]json.RawMessage `json:"Volumes"`
	Labels       map[string]string          `json:"Labels"`
	StopSignal   string                     `json:"StopSignal"`
	OnBuild      []string                   `json:"OnBuild"`
	Shell        []string                   `json:"Shell"`
	Healthcheck  struct {
		Test []string `json:"Test"`
	} `json:"Healthcheck"`
}

// maxConfigValues bounds the values in a config, and with them the memory that
// decoding takes. The largest real configs, with metadata of build packs in
// their labels, stay far below.
const maxConfigValues = 1 << 17

// parseConfig reads the JSON text of an image config. Layers is the number of
// layers in the manifest, or -1 when that is unknown. What is readable but
// wrong is in the config's faults; an error means that there is no config.
// The caller bounds the length of the text.
func parseConfig(raw []byte, layers int) (*check.Config, error) {
	image, err := decodeConfig(raw)
	if err != nil {
		return nil, fmt.Errorf("reading the image config: %w", err)
	}
	from := image.Config
	c := &check.Config{
		OS:           textSetting("os", image.OS),
		Architecture: textSetting("architecture", image.Architecture),
		User:         textSetting("User", from.User),
		Entrypoint:   listSetting("Entrypoint", from.Entrypoint),
		Cmd:          listSetting("Cmd", from.Cmd),
		WorkingDir:   textSetting("WorkingDir", from.WorkingDir),
		Volumes:      check.Set{Have: slices.Sorted(maps.Keys(from.Volumes)), At: inConfig("Volumes")},
		Labels:       from.Labels,
		Healthcheck:  healthcheck(from.Healthcheck.Test),
		StopSignal:   textSetting("StopSignal", from.StopSignal),
		Faults:       append(platformFaults(image), layerFaults(image, layers)...),
	}
	var faults []check.Fault
	c.Env, faults = parseEnv(from.Env)
	c.Faults = append(c.Faults, faults...)
	c.Ports, faults = parsePorts(slices.Sorted(maps.Keys(from.ExposedPorts)))
	c.Faults = append(c.Faults, faults...)
	return c, nil
}

func decodeConfig(raw []byte) (*imageConfig, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return nil, errors.New("it is not a JSON object")
	}
	if bytes.Count(raw, []byte(",")) >= maxConfigValues {
		return nil, fmt.Errorf("it has more than %d values", maxConfigValues)
	}
	image := new(imageConfig)
	if err := json.Unmarshal(raw, image); err != nil {
		return nil, err
	}
	return image, nil
}

func inConfig(key string) check.Location { return check.At(check.ArtifactConfig, key) }

// textSetting returns the member called key as a setting; engines read an empty one
// as not set.
func textSetting(key, value string) check.Setting[string] {
	if value == "" {
		return check.NotSet[string](inConfig(key))
	}
	return check.Known(value, inConfig(key))
}

// listSetting is textSetting for lists.
func listSetting(key string, value []string) check.Setting[[]string] {
	if len(value) == 0 {
		return check.NotSet[[]string](inConfig(key))
	}
	return check.Known(value, inConfig(key))
}

func healthcheck(test []string) check.Setting[[]string] {
	if len(test) > 0 && test[0] == "NONE" {
		test = nil
	}
	return listSetting("Healthcheck", test)
}

func platformFaults(image *imageConfig) []check.Fault {
	var out []check.Fault
	if image.OS == "" {
		out = append(out, check.Fault{
			At:      inConfig("os"),
			Message: "the config names no operating system",
			Fix:     "build the image with --platform linux/amd64, which writes os into the config",
		})
	}
	if image.Architecture == "" {
		out = append(out, check.Fault{
			At:      inConfig("architecture"),
			Message: "the config names no architecture",
			Fix:     "build the image with --platform linux/amd64, which writes architecture into the config",
		})
	}
	return out
}

// layerFaults compares the config's list of layers with the manifest's.
func layerFaults(image *imageConfig, layers int) []check.Fault {
	if layers < 0 {
		return nil
	}
	var out []check.Fault
	if image.RootFS.Type != "layers" {
		out = append(out, check.Fault{
			At:      inConfig("rootfs.type"),
			Message: fmt.Sprintf("rootfs.type is %s, the only one that engines load is \"layers\"", quote(image.RootFS.Type)),
			Fix:     "write the image again with a current build tool: rootfs.type must be \"layers\"",
		})
	}
	if have := len(image.RootFS.DiffIDs); have != layers {
		out = append(out, check.Fault{
			At:      inConfig("rootfs.diff_ids"),
			Message: fmt.Sprintf("the config lists %d layers in rootfs.diff_ids, the image has %d", have, layers),
			Fix:     "build the image again: the tool that changed its layers last did not update the config",
		})
	}
	return out
}

// parseEnv returns the variables; entries that define none are faults.
func parseEnv(entries []string) (check.Env, []check.Fault) {
	var vars []check.Variable
	var faults []check.Fault
	for _, entry := range entries {
		name, value, ok := strings.Cut(entry, "=")
		switch {
		case !ok:
			faults = append(faults, check.Fault{
				At:      inConfig("Env"),
				Message: fmt.Sprintf("the Env entry %s has no \"=\"", quote(entry)),
				Fix:     "give the variable " + quote(entry) + " a value, as in ENV NAME=value",
			})
		case name == "":
			faults = append(faults, check.Fault{
				At:      inConfig("Env"),
				Message: fmt.Sprintf("the Env entry %s has no name before its \"=\"", quote(entry)),
				Fix:     "remove the entry " + quote(entry) + " or write a name before its \"=\"",
			})
		default:
			vars = append(vars, check.Variable{Name: name, Value: value, At: inConfig("Env." + name)})
		}
	}
	return check.NewEnv(vars, nil), faults
}

// quote returns a value of an image as Go quotes strings, shortened.
func quote(s string) string { return fmt.Sprintf("%q", shorten(s)) }

// maxShown is how many bytes of a value get into a message.
const maxShown = 80

func shorten(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "…"
}
