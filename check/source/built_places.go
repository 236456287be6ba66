// SPDX-License-Identifier: Apache-2.0

package source

import (
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

// placeConfig returns the config of an image that was built, with the places
// where the Dockerfile's text sets its values. What is wrong with the text stays
// wrong, whatever was made of it.
func placeConfig(built, written *check.Config) *check.Config {
	return &check.Config{
		OS:           placed(built.OS, written.OS),
		Architecture: placed(built.Architecture, written.Architecture),
		User:         placed(built.User, written.User),
		Entrypoint:   placed(built.Entrypoint, written.Entrypoint),
		Cmd:          placed(built.Cmd, written.Cmd),
		WorkingDir:   placed(built.WorkingDir, written.WorkingDir),
		Env:          placeEnv(built.Env, written.Env),
		Ports:        placeSet(built.Ports, written.Ports),
		Volumes:      placeSet(built.Volumes, written.Volumes),
		Labels:       built.Labels,
		UserWritten:  written.UserWritten,
		Healthcheck:  placed(built.Healthcheck, written.Healthcheck),
		StopSignal:   placed(built.StopSignal, written.StopSignal),
		Faults:       written.Faults,
	}
}

// placed returns a value with the place where the text sets it, if it is known.
func placed[T any](built, written check.Setting[T]) check.Setting[T] {
	value, set, err := built.Get()
	at := written.At()
	switch {
	case err != nil || at.IsZero():
		return built
	case set:
		return check.Known(value, at)
	default:
		return check.NotSet[T](at)
	}
}

func placeEnv(built, written check.Env) check.Env {
	places := map[string]check.Location{}
	for _, v := range written.All() {
		places[v.Name] = v.At
	}
	vars := built.All()
	for i, v := range vars {
		if at := places[v.Name]; !at.IsZero() {
			vars[i].At = at
		}
	}
	return check.NewEnv(vars, built.Rest()).Under(written.At())
}

func placeSet(built, written check.Set) check.Set {
	if !written.At.IsZero() {
		built.At = written.At
	}
	return built
}

// placeAccounts returns the accounts of an image that was built, each with the
// place where the text makes it. One that the text may have made, or has made
// with another number, keeps its own.
func placeAccounts(built, written *check.Accounts) *check.Accounts {
	users, groups := map[string]check.Account{}, map[string]check.Group{}
	for _, u := range written.Users {
		if u.Err == nil {
			users[u.Name] = u
		}
	}
	for _, g := range written.Groups {
		if g.Err == nil {
			groups[g.Name] = g
		}
	}
	out := *built
	out.Users, out.Groups = slices.Clone(built.Users), slices.Clone(built.Groups)
	for i, u := range out.Users {
		w, made := users[u.Name]
		if made && (w.UIDErr != nil || w.UID == u.UID) && !w.At.IsZero() {
			out.Users[i].At = w.At
		}
	}
	for i, g := range out.Groups {
		w, made := groups[g.Name]
		if made && (w.GIDErr != nil || w.GID == g.GID) && !w.At.IsZero() {
			out.Groups[i].At = w.At
		}
	}
	return &out
}
