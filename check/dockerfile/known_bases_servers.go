// SPDX-License-Identifier: Apache-2.0

package dockerfile

const (
	nginxVersions     = `latest|stable|mainline|1(?:\.(?:2[1-9]|3\d)(?:\.\d+)?)?`
	nginxOld          = `1\.2[1-7](?:\.\d+)?`
	nginxSource       = "https://github.com/nginx/docker-nginx"
	nginxUnprivileged = "nginxinc/nginx-unprivileged ghcr.io/nginx/nginx-unprivileged ghcr.io/nginxinc/nginx-unprivileged quay.io/nginx/nginx-unprivileged public.ecr.aws/nginx/nginx-unprivileged"
	httpdVersions     = `latest|2|2\.4(?:\.(?:4[6-9]|5\d|6\d))?`
	httpdSource       = "https://github.com/docker-library/httpd"
)

var (
	nginxVariables  = []string{"NGINX_VERSION", "NJS_VERSION", "NJS_RELEASE", "PKG_RELEASE", "DYNPKG_RELEASE", "ACME_VERSION"}
	nginxEntrypoint = []string{"/docker-entrypoint.sh"}
	nginxCmd        = []string{"nginx", "-g", "daemon off;"}
	nginxUsers      = []string{"nginx:101:101:/nonexistent"}
	nginxOnAlpine   = []string{"nginx:101:101:/var/cache/nginx"}
	nginxGroups     = []string{"nginx:101"}
	httpdVariables  = []string{"PATH=/usr/local/apache2/bin:" + defaultPath, "HTTPD_PREFIX=/usr/local/apache2", "HTTPD_VERSION", "HTTPD_SHA256", "HTTPD_PATCHES"}
)

// serverImages are the images of web servers.
var serverImages = []knownImage{
	{
		names: "nginx", versions: nginxVersions, variants: `(?:` + debianReleases + `)?(?:-?(?:perl|otel))?`, example: "1.27", on: "debian", old: nginxOld,
		source: nginxSource, env: nginxVariables, entrypoint: nginxEntrypoint, cmd: nginxCmd, ports: []string{"80/tcp"}, stopSignal: "SIGQUIT",
		users: nginxUsers, groups: nginxGroups,
		maybeTools: adduserTools,
	},
	{
		names: "nginx", versions: nginxVersions, variants: alpineReleases + `(?:-(?:slim|perl|otel))?`, example: "alpine-slim",
		source: nginxSource, env: nginxVariables, entrypoint: nginxEntrypoint, cmd: nginxCmd, ports: []string{"80/tcp"}, stopSignal: "SIGQUIT",
		users: nginxOnAlpine, groups: nginxGroups,
	},
	{
		names: nginxUnprivileged, versions: nginxVersions, variants: `(?:` + debianReleases + `)?(?:-?(?:perl|otel))?`, example: "1.27", on: "debian", old: nginxOld,
		source: "https://github.com/nginx/docker-nginx-unprivileged", user: "101", env: nginxVariables,
		entrypoint: nginxEntrypoint, cmd: nginxCmd, ports: []string{"8080/tcp"}, stopSignal: "SIGQUIT", users: nginxUsers, groups: nginxGroups,
		maybeTools: adduserTools,
	},
	{
		names: nginxUnprivileged, versions: nginxVersions, variants: alpineReleases + `(?:-(?:slim|perl|otel))?`, example: "1.27-alpine",
		source: "https://github.com/nginx/docker-nginx-unprivileged", user: "101", env: nginxVariables,
		entrypoint: nginxEntrypoint, cmd: nginxCmd, ports: []string{"8080/tcp"}, stopSignal: "SIGQUIT", users: nginxOnAlpine, groups: nginxGroups,
	},
	{
		names: "httpd", versions: httpdVersions, variants: debianReleases + `?`, example: "2.4", on: "debian", old: `2\.4\.(?:4[6-9]|5\d|6[0-3])`,
		source: httpdSource, env: httpdVariables, cmd: []string{"httpd-foreground"}, workdir: "/usr/local/apache2",
		ports: []string{"80/tcp"}, stopSignal: "SIGWINCH",
	},
	{
		names: "httpd", versions: httpdVersions, variants: alpineReleases, example: "2.4-alpine",
		source: httpdSource, env: httpdVariables, cmd: []string{"httpd-foreground"}, workdir: "/usr/local/apache2",
		ports: []string{"80/tcp"}, stopSignal: "SIGWINCH", users: alpineWebUsers, groups: alpineWebGr,
	},
	{
		names: "caddy", versions: `latest|2|2\.(?:[789]|1\d)(?:\.\d+)?`, variants: `(?:alpine)?`, example: "2-alpine", on: "alpine",
		source: "https://github.com/caddyserver/caddy-docker",
		env:    []string{"CADDY_VERSION", "XDG_CONFIG_HOME=/config", "XDG_DATA_HOME=/data"},
		cmd:    []string{"caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"}, workdir: "/srv",
		ports: []string{"80/tcp", "443/tcp", "443/udp", "2019/tcp"},
	},
}
