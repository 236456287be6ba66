// SPDX-License-Identifier: Apache-2.0

package dockerfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check/dockerfile"
)

// BenchmarkEvaluate evaluates a small Dockerfile, and long ones of one kind of
// line and of several.
func BenchmarkEvaluate(b *testing.B) {
	const small = `FROM python:3.12-slim
ENV HOME=/home/app USER_ID=1003
RUN groupadd -g 1003 app && useradd -u 1003 -g app -d /home/app app && mkdir -p /home/app && chown app:app /home/app
COPY --chown=app:app . /home/app/
RUN pip install -r /home/app/requirements.txt
USER app
EXPOSE 8000
CMD ["python", "/home/app/main.py"]
`
	mixed := func(i int) string {
		return []string{
			fmt.Sprintf("ENV V%d=/opt/$V%d/x\n", i, i-5),
			fmt.Sprintf("RUN mkdir -p /srv/d%d && chown 1003 /srv/d%d\n", i, i),
			fmt.Sprintf("COPY src%d /srv/app%d/\n", i, i),
			fmt.Sprintf("RUN apt-get install -y p%d && echo done > /tmp/log%d\n", i, i),
			fmt.Sprintf("LABEL l%d=\"$HOME\"\n", i),
		}[i%5]
	}
	for _, c := range []struct {
		name string
		line func(int) string
	}{
		{"small", nil},
		{"2000 mixed lines", mixed},
		{"2000 WORKDIR", func(int) string { return "WORKDIR a\n" }},
		{"2000 COPY", func(i int) string { return fmt.Sprintf("COPY a%d /srv/%d/\n", i, i) }},
		{"2000 adduser", func(i int) string { return fmt.Sprintf("RUN useradd -u %d u%d\n", 2000+i, i) }},
		{"2000 ENV and RUN", func(i int) string { return fmt.Sprintf("ENV A%d=%d\nRUN echo $A%d\n", i/2, i, i/2) }},
		{"2000 stages", func(i int) string { return fmt.Sprintf("FROM s%d AS s%d\n", max(i-1, 0), i) }},
	} {
		text := small
		if c.line != nil {
			var long strings.Builder
			long.WriteString("FROM debian:12-slim AS s0\n")
			for i := 1; i < 2000; i++ {
				long.WriteString(c.line(i))
			}
			text = long.String()
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := dockerfile.Evaluate(b.Context(), []byte(text), dockerfile.Options{Name: "Dockerfile"}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
