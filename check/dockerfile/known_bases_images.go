// SPDX-License-Identifier: Apache-2.0

package dockerfile

var systemImages = []knownImage{
	{
		names: "alpine", versions: `latest|edge|3(?:\.\d+){0,2}`, example: "3.20", on: "alpine",
		source: "https://github.com/alpinelinux/docker-alpine",
	},
}

var languageImages = []knownImage{
	{
		names: "python", versions: `latest|3(?:\.\d+){0,2}`, variants: `slim`, example: "3.12-slim", on: "debian",
		source: "https://github.com/docker-library/python/blob/master/Dockerfile-linux.template",
		env:    []string{"PATH=/usr/local/bin:" + defaultPath, "LANG", "GPG_KEY", "PYTHON_VERSION", "PYTHON_SHA256"},
		cmd:    []string{"python3"},
	},
}

var jvmImages, serverImages, vendorImages []knownImage
