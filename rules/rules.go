// SPDX-License-Identifier: Apache-2.0

// Package rules holds the rule catalogue of fgpreflight: one file a rule, and
// the list of all of them.
package rules

import "github.com/fgpreflight/fgpreflight/check"

// All is every rule, in the order of the report.
var All = []*check.Rule{
	listensOn8000,
	listeningAddress,
	answersHTTP,
	startupTime,
	eventInvoke,
	eventInit,
	successStatus,
	responseSize,
	apigResponse,
	doubleWrapped,
	nonrootUser,
	envHome,
	linux,
	amd64,
	indexHasAmd64,
	manifestType,
	attestations,
	imageSize,
	layerSize,
	layerType,
	coldStartWeight,
	swrHost,
	swrOrganization,
	swrRepository,
	swrTag,
	swrRegion,
	keepsRunning,
	runsFromRootDirectory,
	logsToConsole,
	fitsMemory,
	writesOnlyTmp,
	noExtraPrivileges,
	stopsOnSigterm,
	separateConnections,
	ignoredInstructions,
	memorySize,
	timeouts,
	functionName,
}
