// SPDX-License-Identifier: Apache-2.0

// Package engine reads images from a container engine, Docker or Podman, over
// the Docker Engine API, and starts them as FunctionGraph does.
//
// [Connect] finds the engine as the engines' own commands do. [Client.Image]
// inspects one image: no layer is read and nothing is changed. [Client.RootFS]
// is the image's root file system, answered from a container that is created
// at the first question and never started: by the archive endpoint of Docker,
// and by the export of Podman. To read an image, the engine is never asked to
// pull.
//
// [Client.Load] and [Client.Pull] bring an image for a trial, [Client.Start]
// starts it under [Conditions], and [Client.Sidecar] starts a program in its
// network namespace. What a client made carries its process and a deadline:
// [Client.Leftovers] removes what a killed process left.
//
// What an engine or an image says is hostile: answers, listings and files are
// bounded, and so are the texts of errors. Their bytes are passed on as they
// are; writers sanitise.
package engine
