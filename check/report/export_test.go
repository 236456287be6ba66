// SPDX-License-Identifier: Apache-2.0

package report

// Columns is the width of a text on a terminal, for tests.
var Columns = columns
