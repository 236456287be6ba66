// SPDX-License-Identifier: Apache-2.0

package source

// DistributionOf is what its test reaches into.
var DistributionOf = distributionOf
