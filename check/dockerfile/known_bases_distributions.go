// SPDX-License-Identifier: Apache-2.0

package dockerfile

// Expressions for the names of releases in variants.
const (
	debianReleases = `(?:stretch|buster|bullseye|bookworm|trixie)`
	ubuntuReleases = `(?:bionic|focal|jammy|noble|resolute)`
	alpineReleases = `alpine(?:3\.\d+)?`
)

// systemImages are the distributions themselves.
var systemImages = []knownImage{
	{
		names: "alpine", versions: `latest|edge|3|3\.(?:[6-9]|\d\d)(?:\.\d+)?`, example: "3.20", on: "alpine",
		source: "https://github.com/alpinelinux/docker-alpine",
	},
	{
		names: "debian", versions: `latest|stable|oldstable`, variants: `(?:slim|backports)?`, example: "stable-slim", on: "debian",
		source: debianSource,
	},
	{
		names: "debian", versions: `(?:9|stretch)(?:\.\d+)?(?:-\d{8})?`, variants: `(?:slim|backports)?`, example: "stretch-slim", on: "stretch",
		source: debianSource,
	},
	{
		names: "debian", versions: `(?:10|buster)(?:\.\d+)?(?:-\d{8})?`, variants: `(?:slim|backports)?`, example: "buster-slim", on: "buster",
		source: debianSource,
	},
	{
		names: "debian", versions: `(?:11|bullseye)(?:\.\d+)?(?:-\d{8})?`, variants: `(?:slim|backports)?`, example: "11-slim", on: "bullseye",
		source: debianSource,
	},
	{
		names: "debian", versions: `(?:12|bookworm)(?:\.\d+)?(?:-\d{8})?`, variants: `(?:slim|backports)?`, example: "bookworm-20240110-slim", on: "bookworm",
		source: debianSource,
	},
	{
		names: "debian", versions: `(?:13|trixie)(?:\.\d+)?(?:-\d{8})?`, variants: `(?:slim|backports)?`, example: "13.1-slim", on: "trixie",
		source: debianSource,
	},
	{
		names: "ubuntu public.ecr.aws/ubuntu/ubuntu", versions: `latest|rolling`, example: "latest", on: "resolute",
		source: ubuntuSource,
	},
	{
		names: "ubuntu public.ecr.aws/ubuntu/ubuntu", versions: `(?:18\.04|bionic)(?:-\d{8}(?:\.\d)?)?`, example: "18.04", on: "bionic",
		source: ubuntuSource,
	},
	{
		names: "ubuntu public.ecr.aws/ubuntu/ubuntu", versions: `(?:20\.04|focal)(?:-\d{8}(?:\.\d)?)?`, example: "focal", on: "focal",
		source: ubuntuSource,
	},
	{
		names: "ubuntu public.ecr.aws/ubuntu/ubuntu", versions: `(?:22\.04|jammy)(?:-\d{8}(?:\.\d)?)?`, example: "22.04", on: "jammy",
		source: ubuntuSource,
	},
	{
		names: "ubuntu public.ecr.aws/ubuntu/ubuntu", versions: `(?:24\.04|noble)(?:-\d{8}(?:\.\d)?)?`, example: "noble-20240605", on: "noble",
		source: ubuntuSource,
	},
	{
		names: "ubuntu public.ecr.aws/ubuntu/ubuntu", versions: `(?:1[2-7]\.\d\d|18\.10|19\.\d\d|20\.10|21\.\d\d|22\.10|23\.\d\d|24\.10|25\.\d\d|precise|trusty|xenial)(?:-\d{8}(?:\.\d)?)?`, example: "14.04", on: "other-ubuntu",
		source: ubuntuSource,
	},
	{
		names: "ubuntu public.ecr.aws/ubuntu/ubuntu", versions: `(?:26\.04|resolute)(?:-\d{8}(?:\.\d)?)?`, example: "26.04", on: "resolute",
		source: ubuntuSource,
	},
	{
		names: "busybox", versions: `latest|stable|unstable|1(?:\.\d+){0,2}`, variants: `(?:glibc|musl|uclibc)?`, example: "1.36-musl", on: "busybox",
		source: "https://github.com/docker-library/busybox",
	},
	{
		names: "buildpack-deps", versions: `latest|stable|oldstable`, variants: `(?:scm)?`, example: "stable-scm", on: "debian",
		source: "https://github.com/docker-library/buildpack-deps", groups: sshGroups, tools: adduserTools,
	},
	{
		names: "buildpack-deps", versions: latest, variants: `(?:` + debianReleases + `|` + ubuntuReleases + `)(?:-scm)?`, example: "bookworm-scm",
		source: "https://github.com/docker-library/buildpack-deps", groups: sshGroups, tools: adduserTools,
	},
	{
		names: "buildpack-deps", versions: latest, variants: `(?:` + debianReleases + `|` + ubuntuReleases + `)-curl`, example: "jammy-curl",
		source:     "https://github.com/docker-library/buildpack-deps",
		maybeTools: adduserTools,
	},
	{
		names: "fedora registry.fedoraproject.org/fedora quay.io/fedora/fedora", versions: `latest|3\d|4\d`, example: "41", on: "redhat",
		source: "https://pagure.io/fedora-kiwi-descriptions", env: []string{"DISTTAG", "FGC", "FBR", "container"},
	},
	{
		names: "rockylinux rockylinux/rockylinux", versions: `(?:8|9|10)(?:\.\d+)?(?:\.\d{8})?`, variants: `(?:minimal)?`, example: "9", on: "redhat",
		source: "https://github.com/rocky-linux/sig-cloud-instance-images",
	},
	{
		names: "almalinux almalinux/8-base almalinux/9-base almalinux/10-base", versions: `latest|(?:8|9|10)(?:\.\d+)?`, variants: `(?:minimal)?`, example: "9", on: "redhat",
		source: "https://github.com/AlmaLinux/container-images",
	},
	{
		names: "centos", versions: `latest|(?:7|8)(?:\.\d+)*|centos(?:7|8)(?:\.\d+)*`, example: "7", on: "redhat",
		source: "https://github.com/CentOS/sig-cloud-instance-images",
	},
	{
		names: "oraclelinux", versions: `(?:7|8|9|10)(?:\.\d+)?`, variants: `(?:slim)?`, example: "9-slim", on: "redhat",
		source: "https://github.com/oracle/container-images",
	},
	{
		names:    "amazonlinux public.ecr.aws/amazonlinux/amazonlinux",
		versions: `latest|2|2023|2\.0\.\d+\.\d|2023\.\d+\.\d+\.\d`, example: "2023", on: "redhat",
		source: "https://github.com/amazonlinux/container-images",
	},
	{
		names: "opensuse/leap registry.opensuse.org/opensuse/leap", versions: `latest|15(?:\.\d)?`, example: "15.6", on: "suse",
		source: "https://build.opensuse.org/project/show/openSUSE:Containers:Leap:15.6",
	},
	{
		names: "openeuler/openeuler", versions: `latest|2\d\.\d\d(?:-lts(?:-sp\d)?)?`, example: "22.03-lts-sp4", on: "openeuler",
		source: "https://gitee.com/openeuler/openeuler-docker-images",
	},
	{
		names: "archlinux archlinux/archlinux", versions: latest, variants: `(?:base|base-devel)?`, example: "base-devel", on: "arch",
		source: "https://gitlab.archlinux.org/archlinux/archlinux-docker", env: []string{"LANG"},
	},
}
