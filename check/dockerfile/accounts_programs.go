// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// neutralPrograms are those that add no account whatever their arguments are.
var neutralPrograms = words(`
	: [ alternatives arch basename cat cd chage chattr chfn chgrp chmod chown chpasswd chsh cksum cmp comm cut date df diff dirname dpkg-query
	du echo egrep exit export expr false fc-cache fgrep file free getconf getent gpasswd grep hash head hostname id ldconfig ldd let local
	locale localedef locale-gen ls lsb_release md5sum mkdir mkfifo nproc passwd printenv printf pwd read readlink readonly realpath return set
	setcap setfacl sha1sum sha256sum sha512sum shift sleep sort stat strings sync tail test touch tr true tty type ulimit umask uname
	uniq unset update-alternatives update-ca-certificates update-ca-trust wait wc which whoami`)

// filePrograms are those that change no file but those they name.
var filePrograms = words(`
	base64 bunzip2 bzip2 cp curl dd find gunzip gzip install jq ln mv openssl rm rmdir rsync sed split strip tar tee truncate unlink
	unxz unzip wget xz zip`)

// builders are programs that run what packages of a language bring along. That
// is free to add accounts, but not expected to add people's.
var builders = words(`
	bun bundle cargo cmake composer conda corepack dotnet gem go gradle gradlew lein mamba make mvn mvnw ng ninja npm npx nx pip pip3 pipenv
	pnpm poetry sbt tsc uv vite yarn docker-php-ext-configure docker-php-ext-enable docker-php-ext-install pecl pear`)

// packageManager is a program that installs packages of a distribution.
type packageManager struct {
	family   string
	install  []string // commands that install the packages that they name
	remove   []string
	harmless []string            // commands that change no package
	tools    map[string][]string // account tools by the package that brings them
	source   string              // of tools
	plain    plainPackages
	values   []string // options of install whose value is a word of its own
}

// plainPackages are packages of a family that bring neither accounts nor account
// tools, and so do all that they depend on.
type plainPackages struct {
	names  []string
	source string
}

// alpinePlain: accounts are made in a package's pre-install script, and account
// tools come from shadow; neither is behind one of these.
var alpinePlain = plainPackages{
	names: words(`
		autoconf automake bash binutils build-base bzip2 ca-certificates cmake coreutils curl curl-dev dumb-init file findutils font-dejavu
		fontconfig freetype freetype-dev g++ gawk gcc gcompat gettext git gmp-dev go grep gzip icu-data-full icu-libs jpeg-dev jq krb5-libs less
		libc-dev libc6-compat libffi-dev libgcc libgomp libintl libjpeg-turbo libjpeg-turbo-dev libpng libpng-dev libpq libpq-dev libressl-dev
		libssl3 libstdc++ libtool libwebp libxml2 libxml2-dev libxslt libxslt-dev libzip-dev linux-headers make mariadb-connector-c musl-dev
		musl-locales nano nodejs npm oniguruma-dev openssh-client openssl openssl-dev patch perl pkgconf pkgconfig procps py3-pip py3-setuptools
		python3 python3-dev sed sqlite sqlite-dev sqlite-libs su-exec tar tini ttf-dejavu tzdata unzip vim wget xz yarn yq zip zlib zlib-dev`),
	source: "https://pkgs.alpinelinux.org/package/edge/main/x86_64/shadow",
}

// debianPlain leaves out what recommends a package with accounts of its own, as
// git does (openssh-client).
var debianPlain = plainPackages{
	names: words(`
		bzip2 ca-certificates curl dumb-init gettext-base jq less libffi-dev libgl1 libgomp1 libpq-dev libpq5 libssl-dev lsb-release make nano
		netcat-openbsd pkg-config procps tini tzdata unzip wget xz-utils zip`),
	source: "https://packages.debian.org/stable/allpackages",
}

var packageManagers = map[string]packageManager{
	"apt-get": aptGet,
	"apt":     aptGet,
	"apk": {
		family: familyAlpine, install: []string{"add"}, remove: []string{"del"},
		harmless: words("update info cache fetch policy search stats version"),
		tools:    map[string][]string{"shadow": names(shadowTools)},
		source:   "https://pkgs.alpinelinux.org/contents?name=shadow&branch=edge",
		plain:    alpinePlain,
		values:   words("-t --virtual -X --repository --repositories-file --keys-dir --arch"),
	},
	"dnf":      redHatManager,
	"microdnf": redHatManager,
	"yum":      redHatManager,
	"tdnf":     redHatManager,
	"zypper": {
		install: words("install in"), remove: words("remove rm"), harmless: words("clean cc refresh ref search se info"),
		tools:  map[string][]string{"shadow": names(shadowTools)},
		source: "https://software.opensuse.org/package/shadow",
	},
}

var aptGet = packageManager{
	family: familyDebian, install: words("install"), remove: words("remove purge"),
	harmless: words("update clean autoclean distclean download list search show"),
	tools: map[string][]string{
		"passwd":  names(shadowTools),
		"adduser": names(debianTools),
	},
	source: "https://packages.debian.org/search?mode=filename&searchon=contents&keywords=useradd",
	plain:  debianPlain,
	values: words("-o --option -c --config-file"),
}

var redHatManager = packageManager{
	family: familyRedHat, install: words("install reinstall"), remove: words("remove erase"),
	harmless: words("clean makecache list info search repolist check-update"),
	tools:    map[string][]string{"shadow-utils": append(names(shadowTools), "adduser")},
	source:   "https://packages.fedoraproject.org/pkgs/shadow-utils/shadow-utils/",
}

// words returns the words of a text.
func words(text string) []string { return strings.Fields(text) }

// names returns the tools of a package.
func names(d dialect) []string {
	var out []string
	for name := range d {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// program notes what a program may do to the accounts that is no account tool.
func (r *accountRun) program(call *check.Call, how certainty) {
	name := call.Name()
	manager, isManager := packageManagers[name]
	switch {
	case call.IsUnexpanded(0):
		return // The command as a whole is not certain then.
	case isManager:
		r.packages(call, &manager, how)
	case slices.Contains(builders, name), isModuleCall(call, "pip"), isModuleCall(call, "venv"):
		r.rest = cmp.Or(r.rest, unsure(r.at, "runs %s, which may add accounts", name))
	case isNeutral(call.Args):
	case name == "find" && !findStarts(call.Args, slices.Concat(neutralPrograms, filePrograms)):
		r.arbitrary(unsure(r.at, "runs find with a program that may add accounts"))
	case slices.Contains(filePrograms, name):
		r.files(call)
	default:
		r.arbitrary(unsure(r.at, "runs %s, which may add accounts", brief(call.Args[0])))
	}
}

// isModuleCall reports whether the call is "python -m module".
func isModuleCall(call *check.Call, module string) bool {
	return strings.HasPrefix(call.Name(), "python") && len(call.Args) > 2 && call.Args[1] == "-m" && call.Args[2] == module
}

// isNeutral reports whether a program with its arguments adds no account.
func isNeutral(args []string) bool {
	switch name := path.Base(args[0]); name {
	case "command":
		return len(args) > 1 && strings.HasPrefix(strings.ToLower(args[1]), "-v")
	case "git":
		return len(args) > 1 && slices.Contains([]string{"clone", "config", "--version"}, args[1])
	case "env":
		return true // Else it would start a program, and be that one's wrapper.
	case "sed":
		return !slices.ContainsFunc(args[1:], editsInPlace)
	case "awk", "gawk", "mawk":
		return !slices.ContainsFunc(args[1:], func(arg string) bool { return strings.ContainsAny(arg, "|>") || strings.Contains(arg, "system") })
	case "xargs":
		return neutralFrom(args, slices.IndexFunc(args[1:], func(arg string) bool { return !strings.HasPrefix(arg, "-") })+1)
	case "find":
		return findStarts(args, neutralPrograms) && !slices.ContainsFunc(args, changesFiles)
	default:
		return slices.Contains(neutralPrograms, name)
	}
}

// editsInPlace reports whether an option of sed makes it write to its operands.
func editsInPlace(arg string) bool {
	letters := strings.TrimLeft(arg, "-")
	return strings.HasPrefix(arg, "--in-place") || strings.HasPrefix(arg, "-") && !strings.HasPrefix(arg, "--") && strings.Contains(letters, "i")
}

// neutralFrom reports whether the program args[i] is neutral; xargs without one
// starts echo.
func neutralFrom(args []string, i int) bool {
	return i == 0 || slices.Contains(neutralPrograms, path.Base(args[i]))
}

// findStarts reports whether all programs that find starts are in the list.
func findStarts(args, programs []string) bool {
	for i, arg := range args {
		switch arg {
		case "-exec", "-execdir", "-ok", "-okdir":
			if i+1 == len(args) || !slices.Contains(programs, path.Base(args[i+1])) {
				return false
			}
		}
	}
	return true
}

// changesFiles reports whether an action of find changes files by itself.
func changesFiles(arg string) bool {
	return slices.Contains([]string{"-delete", "-fprint", "-fprint0", "-fprintf", "-fls"}, arg)
}

// packages notes what a package manager does.
func (r *accountRun) packages(call *check.Call, m *packageManager, how certainty) {
	i := slices.IndexFunc(call.Args[1:], func(arg string) bool { return slices.Contains(slices.Concat(m.harmless, m.install, m.remove), arg) })
	if r.family == "" && how == certain {
		r.family = m.family
	}
	command := ""
	if i >= 0 {
		command = call.Args[i+1]
	}
	if slices.Contains(m.harmless, command) || slices.Contains(m.install, command) && m.installsPlain(call, i+2) {
		return
	}
	why := unsure(r.at, "runs %s, whose packages may add accounts", strings.TrimSpace(call.Name()+" "+command))
	r.rest = cmp.Or(r.rest, why)
	switch {
	case slices.Contains(m.install, command):
		r.install(call.Args[i+2:], m, how)
		r.moreTool = cmp.Or(r.moreTool, why)
	case slices.Contains(m.remove, command):
		r.uninstall(call.Args[i+2:], m, why)
	default:
		r.moreTool = cmp.Or(r.moreTool, why)
	}
}

// installsPlain reports whether the call installs plain packages only; from is
// the index of the first word behind its command.
func (m *packageManager) installsPlain(call *check.Call, from int) bool {
	for i := from; i < len(call.Args); i++ {
		name := call.Args[i]
		switch {
		case call.IsUnexpanded(i):
			return false
		case slices.Contains(m.values, name):
			i++
		case strings.HasPrefix(name, "-"):
		case !slices.Contains(m.plain.names, packageName(name)):
			return false
		}
	}
	return true
}

// packageName returns the name of a package without the version that is asked
// for.
func packageName(text string) string {
	if at := strings.IndexAny(text, "=<>~@"); at > 0 {
		return text[:at]
	}
	return text
}

// install adds the tools of the packages that are certainly installed.
func (r *accountRun) install(packages []string, m *packageManager, how certainty) {
	for _, name := range packages {
		for _, tool := range m.tools[packageName(name)] {
			if how == certain && !slices.Contains(r.tools, tool) {
				r.tools = append(r.tools, tool)
			}
		}
	}
}

// uninstall makes the tools uncertain of the packages that are removed.
func (r *accountRun) uninstall(packages []string, m *packageManager, why error) {
	for _, name := range packages {
		gone := m.tools[name]
		if len(gone) > 0 {
			r.moreTool = cmp.Or(r.moreTool, why)
		}
		r.tools = slices.DeleteFunc(r.tools, func(tool string) bool { return slices.Contains(gone, tool) })
	}
}
