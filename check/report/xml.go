// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
)

// writeXML writes the value as a document of XML. Sanitised strings hold none
// of the characters that XML does not have.
func writeXML(w io.Writer, value any) error {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(value); err != nil {
		return fmt.Errorf("encoding the report: %w", err)
	}
	b.WriteByte('\n')
	return writeAll(w, b.Bytes())
}
