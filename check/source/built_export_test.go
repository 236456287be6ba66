// SPDX-License-Identifier: Apache-2.0

package source

// What puts the facts of a built image into the lines of its Dockerfile.
var (
	PlaceConfig   = placeConfig
	PlaceAccounts = placeAccounts
)
