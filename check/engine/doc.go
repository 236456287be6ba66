// SPDX-License-Identifier: Apache-2.0

// Package engine reads images from a container engine, Docker or Podman, over
// the Docker Engine API.
//
// [Connect] finds the engine as the engines' own commands do. [Client.Image]
// inspects one image: no layer is read and nothing is changed. [Client.RootFS]
// is the image's root file system, answered from a container that is created
// at the first question and never started: by the archive endpoint of Docker,
// and by the export of Podman. The engine is never asked to pull.
//
// What an engine or an image says is hostile: answers, listings and files are
// bounded, and so are the texts of errors. Their bytes are passed on as they
// are; writers sanitise.
package engine
