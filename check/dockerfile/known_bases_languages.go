// SPDX-License-Identifier: Apache-2.0

package dockerfile

// sshGroups are what package openssh-client adds in images that have it.
var sshGroups = []string{"?ssh:101", "?_ssh:101"}

// pythonVariables are those of every release of Docker's Python images.
var pythonVariables = []string{
	"PATH=/usr/local/bin:" + defaultPath, "LANG", "GPG_KEY", "PYTHON_VERSION", "PYTHON_SHA256",
	"PYTHON_PIP_VERSION", "PYTHON_SETUPTOOLS_VERSION", "PYTHON_GET_PIP_URL", "PYTHON_GET_PIP_SHA256",
}

const (
	pythonVersions = `latest|3|3\.(?:[789]|1\d)(?:\.\d+)?(?:(?:a|b|rc)\d+)?(?:-rc)?`
	pythonOld      = `3\.[78](?:\.\d+)?|3\.9\.(?:\d|1\d|2[0-2])|3\.10\.(?:\d|1[0-7])|3\.11\.(?:\d|1[0-2])|3\.12\.(?:\d|10)|3\.13\.[0-4]`
	pythonSource   = "https://github.com/docker-library/python/blob/master/Dockerfile-linux.template"

	uvVersions = `latest|0(?:\.\d+){1,2}`
	uvSource   = "https://github.com/astral-sh/uv/blob/main/.github/workflows/build-docker.yml"

	// Node's entrypoint came with release 12.10 at the latest.
	nodeVersions = `latest|lts|current|fermium|gallium|hydrogen|iron|jod|krypton|12(?:\.[12]\d(?:\.\d+)?)?|(?:1[3-9]|2\d)(?:\.\d+){0,2}`
	nodeOld      = `(?:1[2-9]|21|23)(?:\.\d+){0,2}|(?:20\.(?:\d|1[0-8])|22\.(?:\d|1[0-6])|24\.[0-2])(?:\.\d+)?`
	nodeSource   = "https://github.com/nodejs/docker-node"

	denoVersions = `(?:1\.[2-4]\d|2\.\d+)\.\d+`

	golangVersions = `latest|1|1\.(?:1[3-9]|[2-9]\d)(?:\.\d+)?(?:(?:rc|beta)\d+)?`
	golangSource   = "https://github.com/docker-library/golang/blob/master/Dockerfile-linux.template"

	rustVersions = `latest|1(?:\.\d+){0,2}`
	rustSource   = "https://github.com/rust-lang/docker-rust"

	rubyVersions = `latest|[34]|2\.7(?:\.[2-8])?|[34]\.\d(?:\.\d+)?(?:-(?:rc|preview)\d*)?`
	rubySource   = "https://github.com/docker-library/ruby/blob/master/Dockerfile.template"

	phpVersions = `latest|7|8|(?:7\.4|8\.\d)(?:\.\d+)?(?:(?:alpha|beta|RC)\d+)?(?:-rc)?`
	phpOld      = `7|7\.4(?:\.\d+)?|8\.0(?:\.\d+)?|8\.1\.(?:\d|[12]\d|3[0-2])|8\.2\.(?:\d|1\d|2[0-8])|8\.3\.(?:\d|1\d|2[0-3])|8\.4\.(?:\d|10)`
	phpSource   = "https://github.com/docker-library/php/blob/master/Dockerfile-linux.template"
)

var (
	golangVariables = []string{
		"PATH=/go/bin:/usr/local/go/bin:" + defaultPath, "GOPATH=/go", "GOLANG_VERSION", "GOTOOLCHAIN",
	}
	rustVariables = []string{
		"PATH=/usr/local/cargo/bin:" + defaultPath, "RUSTUP_HOME=/usr/local/rustup", "CARGO_HOME=/usr/local/cargo", "RUST_VERSION",
	}
	rubyVariables = []string{
		"PATH=/usr/local/bundle/bin:" + defaultPath, "LANG=C.UTF-8", "GEM_HOME=/usr/local/bundle", "BUNDLE_APP_CONFIG=/usr/local/bundle",
		"BUNDLE_SILENCE_ROOT_WARNING=1", "BUNDLE_PATH", "RUBY_MAJOR", "RUBY_VERSION", "RUBY_DOWNLOAD_URL", "RUBY_DOWNLOAD_SHA256", "RUBYGEMS_VERSION",
	}
	phpVariables = []string{
		"PHP_INI_DIR=/usr/local/etc/php", "PHPIZE_DEPS", "PHP_CFLAGS", "PHP_CPPFLAGS", "PHP_LDFLAGS", "GPG_KEYS",
		"PHP_VERSION", "PHP_URL", "PHP_ASC_URL", "PHP_SHA256", "PHP_MD5", "PHP_EXTRA_BUILD_DEPS", "PHP_EXTRA_CONFIGURE_ARGS",
	}
	denoVariables               = []string{"DENO_DIR=/deno-dir/", "DENO_INSTALL_ROOT=/usr/local", "DENO_VERSION"}
	denoCmd                     = []string{"eval", "console.log('Welcome to Deno!')"}
	nodeUsers, nodeGroups       = []string{"node:1000:1000:/home/node"}, []string{"node:1000"}
	alpineWebUsers, alpineWebGr = []string{"www-data:82:82:/home/www-data"}, []string{"www-data:82"}
)

// languageImages are the images of interpreters and compilers, but for Java's.
var languageImages = []knownImage{
	{
		names: "python", versions: pythonVersions, variants: debianReleases + `?`, example: "3.12", on: "debian",
		source: pythonSource, env: pythonVariables, cmd: []string{"python3"},
		groups: sshGroups, tools: adduserTools,
	},
	{
		names: "python", versions: pythonVersions, variants: `slim(?:-` + debianReleases + `)?`, example: "3.12-slim-bookworm", on: "debian", old: pythonOld,
		source: pythonSource, env: pythonVariables, cmd: []string{"python3"},
	},
	{
		names: "python", versions: pythonVersions, variants: alpineReleases, example: "3.13-alpine3.20",
		source: pythonSource, env: pythonVariables, cmd: []string{"python3"},
	},
	{
		names: "ghcr.io/astral-sh/uv", versions: uvVersions, variants: `python3\.\d+-(?:` + debianReleases + `-slim|` + alpineReleases + `)`, example: "python3.12-bookworm-slim",
		source: uvSource, env: extend(pythonVariables, "UV_TOOL_BIN_DIR"), cmd: []string{"/usr/local/bin/uv"},
	},
	{
		names: "ghcr.io/astral-sh/uv", versions: uvVersions, variants: `python3\.\d+-` + debianReleases, example: "0.5.4-python3.12-bookworm",
		source: uvSource, env: extend(pythonVariables, "UV_TOOL_BIN_DIR"), cmd: []string{"/usr/local/bin/uv"},
		groups: sshGroups, tools: adduserTools,
	},
	{
		names: "ghcr.io/astral-sh/uv", versions: uvVersions, example: "latest", on: "nothing",
		source: "https://github.com/astral-sh/uv/blob/main/Dockerfile", entrypoint: []string{"/uv"}, workdir: "/io",
	},
	{
		names: "continuumio/miniconda3", versions: `latest|2\d\.\d+\.\d+-\d+`, example: "24.1.2-0", on: "debian",
		source: "https://github.com/ContinuumIO/docker-images/blob/main/miniconda3/debian/Dockerfile",
		env:    []string{"PATH=/opt/conda/bin:" + defaultPath, "LANG=C.UTF-8", "LC_ALL=C.UTF-8"}, cmd: binBash,
		groups: sshGroups, tools: adduserTools,
	},
	{
		names: "condaforge/miniforge3 condaforge/mambaforge", versions: `latest|2\d\.\d+\.\d+-\d+`, example: "24.7.1-0", on: "ubuntu",
		source:     "https://github.com/conda-forge/miniforge-images/blob/master/ubuntu/Dockerfile",
		env:        []string{"PATH=/opt/conda/bin:" + defaultPath, "CONDA_DIR=/opt/conda", "LANG=C.UTF-8", "LC_ALL=C.UTF-8"},
		entrypoint: []string{"tini", "--"}, cmd: binBash,
		maybeTools: adduserTools,
	},
	{
		names: "node", versions: nodeVersions, variants: debianReleases + `?`, example: "20-bookworm", on: "debian",
		source: nodeSource, env: []string{"NODE_VERSION", "YARN_VERSION"}, entrypoint: []string{"docker-entrypoint.sh"}, cmd: []string{"node"},
		users: nodeUsers, groups: extend(nodeGroups, sshGroups...), tools: adduserTools,
	},
	{
		names: "node", versions: nodeVersions, variants: `(?:` + debianReleases + `-)?slim`, example: "22-bookworm-slim", on: "debian", old: nodeOld,
		source: nodeSource, env: []string{"NODE_VERSION", "YARN_VERSION"}, entrypoint: []string{"docker-entrypoint.sh"}, cmd: []string{"node"},
		users: nodeUsers, groups: nodeGroups,
	},
	{
		names: "node", versions: nodeVersions, variants: alpineReleases, example: "alpine3.22",
		source: nodeSource, env: []string{"NODE_VERSION", "YARN_VERSION"}, entrypoint: []string{"docker-entrypoint.sh"}, cmd: []string{"node"},
		users: nodeUsers, groups: nodeGroups,
	},
	{
		names: "golang", versions: golangVersions, variants: debianReleases + `?`, example: "1.22-bookworm", on: "debian",
		source: golangSource, env: golangVariables, workdir: "/go",
		groups: sshGroups, tools: adduserTools,
	},
	{
		names: "golang", versions: golangVersions, variants: alpineReleases, example: "1.22-alpine",
		source: golangSource, env: golangVariables, workdir: "/go",
	},
	{
		names: "rust", versions: rustVersions, variants: debianReleases + `?`, example: "1.75", on: "debian",
		source: rustSource, env: rustVariables, groups: sshGroups, tools: adduserTools,
	},
	{
		names: "rust", versions: rustVersions, variants: `slim(?:-` + debianReleases + `)?`, example: "slim-bookworm", on: "debian", old: `1\.(?:\d|[1-7]\d|8[0-7])(?:\.\d+)?`,
		source: rustSource, env: rustVariables,
	},
	{
		names: "rust", versions: rustVersions, variants: alpineReleases, example: "1.75-alpine3.19",
		source: rustSource, env: rustVariables,
	},
	{
		names: "ruby", versions: rubyVersions, variants: debianReleases + `?`, example: "3.3", on: "debian",
		source: rubySource, env: rubyVariables, cmd: []string{"irb"}, groups: sshGroups, tools: adduserTools,
	},
	{
		names: "ruby", versions: rubyVersions, variants: `slim(?:-` + debianReleases + `)?`, example: "3.3-slim", on: "debian", old: `2\.7.*|3\.[01](?:\.\d+)?|3\.2\.[0-8]|3\.3\.[0-8]|3\.4\.[0-4]`,
		source: rubySource, env: rubyVariables, cmd: []string{"irb"},
	},
	{
		names: "ruby", versions: rubyVersions, variants: alpineReleases, example: "3.3-alpine",
		source: rubySource, env: rubyVariables, cmd: []string{"irb"},
	},
	{
		names: "php", versions: phpVersions, variants: `(?:cli|zts)?|(?:(?:cli|zts)-)?` + debianReleases, example: "8.2-cli-bookworm", on: "debian", old: phpOld,
		source: phpSource, env: phpVariables, entrypoint: []string{"docker-php-entrypoint"}, cmd: []string{"php", "-a"},
	},
	{
		names: "php", versions: phpVersions, variants: `(?:(?:cli|zts)-)?` + alpineReleases, example: "8.2.33-zts-alpine3.23",
		source: phpSource, env: phpVariables, entrypoint: []string{"docker-php-entrypoint"}, cmd: []string{"php", "-a"},
		users: alpineWebUsers, groups: alpineWebGr,
	},
	{
		names: "php", versions: phpVersions, variants: `apache(?:-` + debianReleases + `)?`, example: "8.3-apache", on: "debian", old: phpOld,
		source: phpSource, env: extend(phpVariables, "APACHE_CONFDIR=/etc/apache2", "APACHE_ENVVARS=/etc/apache2/envvars"),
		entrypoint: []string{"docker-php-entrypoint"}, cmd: []string{"apache2-foreground"},
		workdir: "/var/www/html", ports: []string{"80/tcp"}, stopSignal: "SIGWINCH",
	},
	{
		names: "php", versions: phpVersions, variants: `fpm(?:-` + debianReleases + `)?`, example: "8.3-fpm", on: "debian", old: phpOld,
		source: phpSource, env: phpVariables, entrypoint: []string{"docker-php-entrypoint"}, cmd: []string{"php-fpm"},
		workdir: "/var/www/html", ports: []string{"9000/tcp"}, stopSignal: "SIGQUIT",
	},
	{
		names: "php", versions: phpVersions, variants: `fpm-` + alpineReleases, example: "8.3-fpm-alpine",
		source: phpSource, env: phpVariables, entrypoint: []string{"docker-php-entrypoint"}, cmd: []string{"php-fpm"},
		workdir: "/var/www/html", ports: []string{"9000/tcp"}, stopSignal: "SIGQUIT",
		users: alpineWebUsers, groups: alpineWebGr,
	},
	{
		names: "composer composer/composer", versions: `latest|lts|2(?:\.\d+){0,2}`, example: "2", on: "alpine",
		source:     "https://github.com/composer/docker/blob/main/latest/Dockerfile",
		env:        extend(phpVariables, "COMPOSER_ALLOW_SUPERUSER", "COMPOSER_HOME", "COMPOSER_VERSION"),
		entrypoint: []string{"/docker-entrypoint.sh"}, cmd: []string{"composer"}, workdir: "/app",
		users: alpineWebUsers, groups: alpineWebGr, varies: []imageFact{accountsFact},
	},
	{
		names: "perl", versions: `latest|5(?:\.\d+){0,2}`, variants: `(?:threaded)?|(?:threaded-)?` + debianReleases, example: "5.40", on: "debian",
		source: "https://github.com/Perl/docker-perl", env: []string{"PERL_VERSION", "PERL_CPANM_OPT"},
		groups: sshGroups, tools: adduserTools, varies: []imageFact{commandFact, workdirFact},
	},
	{
		names: "perl", versions: `latest|5(?:\.\d+){0,2}`, variants: `slim(?:-threaded)?(?:-` + debianReleases + `)?`, example: "5.40-slim", on: "debian",
		source: "https://github.com/Perl/docker-perl", env: []string{"PERL_VERSION", "PERL_CPANM_OPT"},
		varies:     []imageFact{commandFact, workdirFact},
		maybeTools: adduserTools,
	},
	{
		names: "erlang", versions: `latest|2\d(?:\.\d+)*`, variants: `(?:slim|alpine)?`, example: "27", on: "debian",
		source: "https://github.com/erlang/docker-erlang-otp",
		env:    []string{"OTP_VERSION", "REBAR_VERSION", "REBAR3_VERSION", "LANG"}, cmd: []string{"erl"},
		varies:     []imageFact{accountsFact},
		maybeTools: adduserTools,
	},
	{
		names: "elixir", versions: `latest|1\.\d+(?:\.\d+)?(?:-otp-\d+)?`, variants: `(?:slim|alpine)?`, example: "1.17-otp-27-alpine", on: "debian",
		source: "https://github.com/erlef/docker-elixir",
		env:    []string{"OTP_VERSION", "REBAR_VERSION", "REBAR3_VERSION", "LANG=C.UTF-8", "ELIXIR_VERSION"}, cmd: []string{"iex"},
		varies:     []imageFact{accountsFact},
		maybeTools: adduserTools,
	},
	{
		names: "haskell", versions: `latest|9(?:\.\d+)*`, variants: `(?:slim|buster|bullseye|bookworm|slim-(?:buster|bullseye|bookworm))?`, example: "9.8", on: "debian",
		source: "https://github.com/haskell/docker-haskell",
		env:    []string{"PATH", "LANG=C.UTF-8", "STACK_ROOT"}, cmd: []string{"ghci"},
		maybeTools: adduserTools,
	},
	{
		names: "swift", versions: `latest|[56](?:\.\d+){0,2}`, variants: `(?:slim|` + ubuntuReleases + `(?:-slim)?)?`, example: "5.10-jammy", on: "ubuntu",
		source:     "https://github.com/swiftlang/swift-docker",
		env:        []string{"SWIFT_SIGNING_KEY", "SWIFT_PLATFORM", "SWIFT_BRANCH", "SWIFT_VERSION", "SWIFT_WEBROOT"},
		varies:     []imageFact{accountsFact},
		maybeTools: adduserTools,
	},
	{
		names: "denoland/deno", versions: `latest|debian|(?:debian-)?` + denoVersions, example: "2.0.0", on: "debian",
		source: "https://github.com/denoland/deno_docker/blob/main/debian.dockerfile",
		env:    denoVariables, users: []string{"deno:1993:1993:/home/deno"}, groups: []string{"deno:1993"},
		cmd: denoCmd, varies: []imageFact{entrypointFact},
	},
	{ // Its glibc was installed by a package of its own.
		names: "denoland/deno", versions: `alpine(?:-` + denoVersions + `)?`, example: "alpine-2.0.0", on: "alpine",
		source: "https://github.com/denoland/deno_docker/blob/main/alpine.dockerfile",
		env:    extend(denoVariables, "LANG"), users: []string{"deno:1000:1000:/home/deno"}, groups: []string{"deno:1000"},
		cmd: denoCmd, varies: []imageFact{entrypointFact, accountsFact},
	},
	{
		names: "oven/bun", versions: `latest|1(?:\.\d+){0,2}`, variants: `(?:debian|slim)?`, example: "1-debian", on: "debian",
		source: "https://github.com/oven-sh/bun/blob/main/dockerhub/debian/Dockerfile",
		env:    []string{"PATH", "BUN_RUNTIME_TRANSPILER_CACHE_PATH", "BUN_INSTALL_BIN"},
		users:  []string{"bun:1000:1000:/home/bun"}, groups: []string{"bun:1000"}, workdir: "/home/bun/app",
		entrypoint: []string{"/usr/local/bin/docker-entrypoint.sh"}, cmd: []string{"/usr/local/bin/bun"},
	},
	{
		names: "oven/bun", versions: `latest|1(?:\.\d+){0,2}`, variants: `alpine`, example: "1-alpine",
		source: "https://github.com/oven-sh/bun/blob/main/dockerhub/alpine/Dockerfile",
		env:    []string{"PATH", "BUN_RUNTIME_TRANSPILER_CACHE_PATH", "BUN_INSTALL_BIN"},
		users:  []string{"bun:1000:1000:/home/bun"}, groups: []string{"bun:1000"}, workdir: "/home/bun/app",
		entrypoint: []string{"/usr/local/bin/docker-entrypoint.sh"}, cmd: []string{"/usr/local/bin/bun"},
		varies: []imageFact{accountsFact}, // glibc was installed by a package of its own
	},
}
