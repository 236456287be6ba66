// SPDX-License-Identifier: Apache-2.0

// Package settings reads the configuration file .fgpreflight.yaml: the settings
// of the function that will run the image, and what the user decided about the
// rules.
//
//	function:
//	  type: http                # or event
//	  name: orders
//	  region: sa-brazil-1
//	  swr: swr.sa-brazil-1.myhuaweicloud.com/shop/orders:1.0
//	  memory: 256               # MB
//	  uid: 1003
//	  gid: 1003
//	  command: [python3, /app/server.py]
//	  args: [--port, "8000"]
//	  workdir: /
//	  env: {STAGE: production}
//	  timeout: 30               # seconds
//	  initialization: true
//	  initializer-timeout: 30   # seconds
//	  trigger: apig
//	  mounts: [/mnt/data]
//	profile: observed           # or documented
//	severity: {exposes-8000: note}
//	skip: {FG205: "the account is made by the platform"}
//	fail-on: warning            # or error, note, never
//	strict: true
//
// Every member may be left out. What a rule judges, such as the size of the
// memory, may have any value here; what nobody could have meant is an error
// with its line and column.
package settings
