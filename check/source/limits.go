// SPDX-License-Identifier: Apache-2.0

package source

import "time"

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// Limits on what comes from outside. What real images need stays far below.
const (
	maxJSON          = 8 * mib // bytes of a manifest, index, config, catalogue or file of credentials
	maxLayers        = 1_000   // of a manifest
	maxIndexEntries  = 1_000
	maxIndexDepth    = 3       // indexes inside of indexes
	maxIndexFetches  = 20      // nested indexes that are looked into
	maxBlobSize      = 1 << 50 // bytes that a descriptor may claim, so that sums do not overflow
	maxErrorText     = kib     // bytes of an error's text
	maxTags          = 100_000 // of a repository
	maxListed        = 20      // images or platforms that an error names
	maxRedirects     = 10      // of one request
	maxRequests      = 1_000   // for one target
	maxErrorBody     = 64 * kib
	maxHelperAnswer  = mib      // bytes of a credential helper's answer
	maxEntries       = 100_000  // of an archive
	maxEntryNames    = 16 * mib // bytes of all names in an archive
	maxEntryLinks    = 10       // links that an entry may lead through
	maxSpool         = 32 * gib // bytes of a temporary file
	spoolRatio       = 200      // the most that an archive may decompress to, as a multiple
	spoolRatioFree   = gib      // bytes that spoolRatio does not look at
	firstRange       = 128 * kib
	maxResumes       = 3 // times that a broken download goes on without progress
	retries          = 3 // tries of a request
	retryDelay       = 200 * time.Millisecond
	dialTimeout      = 30 * time.Second
	handshakeTimeout = 15 * time.Second
	headerTimeout    = 30 * time.Second // for the answer's head
	idleTimeout      = 30 * time.Second
)
