// SPDX-License-Identifier: Apache-2.0

package dockerfile_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/dockerfile"
)

// errOther is why there may be other accounts in the bases of these tests.
var errOther = errors.New("there may be others")

// accountBase returns a base image: of a family of distributions, all of whose
// accounts are known if its name ends in "!". "" is one that is not known.
func accountBase(name string) *dockerfile.Base {
	family, whole := strings.CutSuffix(name, "!")
	if family == "" {
		return nil
	}
	at := check.Location{Artifact: "Dockerfile", Line: 1, Base: family}
	base := &dockerfile.Base{
		Distribution: family,
		Accounts: &check.Accounts{
			Users:  []check.Account{{Name: "root", At: at}, {Name: "node", UID: 1000, GID: 1000, At: at}},
			Groups: []check.Group{{Name: "root", At: at}, {Name: "node", GID: 1000, At: at}, {Name: "nogroup", GID: 65534, At: at}},
		},
		Tools: check.Set{Have: []string{"useradd", "usermod", "groupadd"}, At: at},
	}
	if family == "alpine" {
		base.Tools.Have = []string{"adduser", "addgroup", "deluser", "delgroup"}
	}
	if !whole {
		base.Accounts.Rest = errOther
	}
	return base
}

// shown returns the accounts that the base does not have, or not so: "app
// 1003:1003", with "?" for a number that is not known and "maybe" before what
// may not be there, the groups after a bar; then "rest" if there may be more
// than those of the base.
func shown(a *check.Accounts) string {
	number := func(n int64, err error) string {
		if err != nil {
			return "?"
		}
		return strconv.FormatInt(n, 10)
	}
	maybe := func(err error) string {
		if err != nil {
			return "maybe "
		}
		return ""
	}
	var users, groups []string
	for _, u := range a.Users {
		text := maybe(u.Err) + u.Name + " " + number(u.UID, u.UIDErr) + ":" + number(u.GID, u.GIDErr)
		if text != "root 0:0" && text != "node 1000:1000" {
			users = append(users, text)
		}
	}
	for _, g := range a.Groups {
		text := maybe(g.Err) + g.Name + " " + number(g.GID, g.GIDErr)
		if text != "root 0" && text != "node 1000" && text != "nogroup 65534" {
			groups = append(groups, text)
		}
	}
	out := strings.Join(users, ", ") + " | " + strings.Join(groups, ", ")
	if a.Rest != nil && !errors.Is(a.Rest, errOther) {
		out += " rest"
	}
	return strings.Join(strings.Fields(out), " ")
}

func TestAccounts(t *testing.T) {
	env := check.NewEnv([]check.Variable{{Name: "APP_UID", Value: "1003"}, {Name: "LOST", Err: errOther}}, nil)
	tests := []struct{ base, script, want string }{
		// useradd and its own group.
		{"debian", "useradd -u 1003 app", "app 1003:1003 | app 1003"},
		{"debian", "useradd --uid=1003 -m --shell /bin/sh app", "app 1003:1003 | app 1003"},
		{"debian", "useradd --ui 1003 app", "app 1003:1003 | app 1003"},
		{"debian", "useradd app -u1003", "app 1003:1003 | app 1003"},
		{"debian", "useradd -mu 1003 -- app", "app 1003:1003 | app 1003"},
		{"debian", "useradd -u $APP_UID app", "app 1003:1003 | app 1003"},
		{"debian", "useradd -u ${NONE:-1003} app", "app 1003:1003 | app 1003"},
		{"debian", "/usr/sbin/useradd -u 1003 app", "app 1003:1003 | app 1003"},
		{"debian", "sudo useradd -u 1003 app", "app 1003:1003 | app 1003"},
		{"debian", "useradd app", "app ?:? | app ?"},
		{"debian", "useradd -u 01003 app", "app ?:? | app ?"},
		{"debian", "useradd -u $LOST app", "app ?:? | app ?"},
		{"debian", "useradd -u $(id -u) app", "app ?:? | app ?"},
		{"debian!", "useradd -u 1003 $LOST", "| rest"},
		{"debian!", "useradd $LOST app", "| rest"},
		{"debian", "useradd -r -u 1003 app", "app 1003:? | app ?"},
		{"debian", "useradd -u 500 app", "app 500:? | app ?"},
		{"debian", "useradd -u 1000 app", "app 1000:? | app ?"},
		{"debian", "useradd -u 70000 app", "app 70000:? | app ?"},
		{"debian", "useradd -N -u 1003 app", "app 1003:? |"},
		{"debian", "useradd -K UMASK=077 -u 1003 app", "app 1003:? | maybe app ?"},
		{"suse", "useradd -u 1003 app", "app 1003:? | maybe app ?"},
		{"suse", "useradd -U -u 1003 app", "app 1003:1003 | app 1003"},
		{"redhat", "adduser -u 1003 app", "app 1003:1003 | app 1003"},
		{"", "useradd -u 1003 app", "app 1003:? | maybe app ?"},
		{"", "useradd -U -u 1003 app", "app 1003:? | app ?"},
		{"debian", "groupadd -g 1003 other && useradd -u 1003 app", "app 1003:? | other 1003, app ?"},
		{"debian", "groupadd other && useradd -u 1003 app", "app 1003:? | other ?, app ?"},
		{"debian", "groupadd -r other && useradd -u 1003 app", "app 1003:1003 | app 1003, other ?"},
		{"debian", "useradd -o -u 0 app", "app ?:? | app ?"},
		{"debian", "useradd -o -u 1003 app", "app 1003:1003 | app 1003"},
		{"debian!", "useradd -o -u 0 -g 0 app", "app 0:0 |"},
		{"", "useradd -o -u 1003 -g 0 app", "app ?:0 |"},
		{"debian!", "useradd -R /mnt -u 1003 app", "| rest"},
		{"debian!", "useradd -D", "| rest"},
		{"debian!", "useradd -x app", "| rest"},
		// Groups.
		{"debian", "groupadd -g 1003 app", "| app 1003"},
		{"debian", "groupadd --gid 1003 -r app", "| app 1003"},
		{"debian", "groupadd app", "| app ?"},
		{"debian", "groupadd -f -g 1003 app", "| app ?"},
		{"debian!", "groupadd -f -g 1003 app", "| app 1003"},
		{"debian!", "groupadd -f -g 1000 app", "| app ?"},
		{"debian", "groupadd -g 1003 g && useradd -u 1004 -g g app", "app 1004:1003 | g 1003"},
		{"", "groupadd -g 1003 g && useradd -u 1004 -g g app", "app 1004:1003 | g 1003"},
		{"", "useradd -u 1004 -g g app", "app 1004:? |"},
		{"", "useradd -u 1004 -g 0 app", "app 1004:0 |"},
		{"debian", "groupadd g && useradd -u 1003 -g g app", "app 1003:? | g ?"},
		{"debian", "useradd -u 1003 -g node -G root app", "app 1003:1000 |"},
		// Debian's scripts.
		{"debian", "adduser --uid 1003 --disabled-password --gecos '' app", "app 1003:1003 | app 1003"},
		{"debian", "adduser --disabled-password --gecos '' app", "app ?:? | app ?"},
		{"debian", "adduser -uid 1003 app", "app 1003:1003 | app 1003"},
		{"debian", "adduser --system --uid 1003 app", "app 1003:? |"},
		{"debian!", "adduser --system --uid 1003 app", "app 1003:65534 |"},
		{"debian!", "adduser --system --uid 1003 --group app", "app 1003:1003 | app 1003"},
		{"debian", "adduser --system --uid 1003 --group app; true", "maybe app 1003:? | maybe app 1003"},
		{"debian", "adduser --system --group app", "app ?:? | maybe app ?"},
		{"debian!", "adduser --system --group app", "app ?:? | app ?"},
		{"debian", "addgroup --gid 1003 app && adduser --uid 1003 --ingroup app app", "app 1003:1003 | app 1003"},
		{"debian", "addgroup --gid 1003 app && adduser --uid 1003 --gid 1003 app", "app 1003:1003 | app 1003"},
		{"debian", "addgroup --system --gid 1003 app", "| app ?"},
		{"debian!", "addgroup --system --gid 1003 app", "| app 1003"},
		{"debian", "adduser --group --gid 1003 app", "| app 1003"},
		{"debian", "adduser node root", "|"},
		{"debian!", "adduser -D app", "|"},
		{"debian!", "adduser --frob app", "| rest"},
		// BusyBox.
		{"alpine", "adduser -D -u 1003 app", "app 1003:1003 | app 1003"},
		{"alpine", "adduser -D app", "app ?:? | app ?"},
		{"alpine", "addgroup -g 1003 app && adduser -D -H -u 1003 -G app app", "app 1003:1003 | app 1003"},
		{"alpine", "addgroup -S app && adduser -S app -G app", "app ?:? | app ?"},
		{"alpine", "addgroup -S -g 1003 app && adduser -S -D -H -u 1003 -h /home/app -s /sbin/nologin -G app -g app app", "app 1003:1003 | app 1003"},
		{"alpine", "adduser -S -u 1003 app", "app 1003:65534 |"},
		{"alpine", "adduser --disabled-password --uid 1003 app", "app 1003:1003 | app 1003"},
		{"alpine", "addgroup app node", "|"},
		{"alpine", "adduser node root", "|"},
		{"alpine", "adduser -D -u 1003 app root", "app 1003:1003 | app 1003"},
		{"alpine", "adduser -D -u 1003 -G 1004 app", "app 1003:1004 |"},
		{"alpine!", "adduser -Z app", "| rest"},
		{"alpine", "deluser node && adduser -D -u 1000 app", "app 1000:1000 | app 1000, maybe node 1000"},
		// An unknown base: what all readings have in common, and what only one accepts.
		{"", "adduser -D -u 1003 app", "app 1003:1003 | app 1003"},
		{"", "adduser --uid 1003 --disabled-password app", "app 1003:1003 | app 1003"},
		{"", "adduser -u 1003 app", "app 1003:? | maybe app ?"},
		{"", "addgroup -g 1003 app", "| app 1003"},
		{"", "addgroup --gid 1003 app", "| app 1003"},
		{"", "apk add shadow && adduser -u 1003 app", "app 1003:1003 | app 1003"},
		// Changes and removals.
		{"debian", "usermod -u 1003 node", "node 1003:1000 |"},
		{"debian", "usermod -u 1003 -g 0 -l app node", "app 1003:0 |"},
		{"debian", "usermod -aG root node", "|"},
		{"debian", "usermod -d /tmp -s /bin/sh node", "|"},
		{"debian", "usermod -o -u 1003 node", "node 1003:1000 |"},
		{"debian", "usermod -o -u 0 node", "node ?:1000 |"},
		{"debian", "groupmod -o -g 0 node", "node 1000:? | node ?"},
		{"", "usermod -u 1003 app", "app 1003:? |"},
		{"", "usermod -l app old", "app ?:? |"},
		{"debian", "usermod -u $LOST node", "node ?:1000 |"},
		{"debian", "usermod -u 1003 $LOST", "| rest"},
		{"debian!", "usermod -l $LOST node", "maybe node 1000:1000 | rest"},
		{"debian", "usermod -u 1003 node; true", "node ?:1000 |"},
		{"debian", "usermod -l app node; true", "maybe node 1000:1000, maybe app 1000:1000 |"},
		{"debian", "groupmod -g 1003 node", "node 1000:1003 | node 1003"},
		{"debian", "groupmod -n app node", "| app 1000"},
		{"debian", "groupmod -n app node; true", "| maybe node 1000, maybe app 1000"},
		{"debian", "groupmod -g 1003 node; true", "node 1000:? | node ?"},
		{"debian", "groupmod -g 1003 other", "| other 1003"},
		{"debian", "userdel -r node", "| maybe node 1000"},
		{"debian", "userdel node || true", "maybe node 1000:1000 | maybe node 1000"},
		{"debian", "userdel $LOST", "| rest"},
		{"debian", "groupdel node", "|"},
		{"debian", "groupdel node; true", "| maybe node 1000"},
		{"debian", "userdel -r node && useradd -u 1000 app", "app 1000:? | maybe node 1000, app ?"},
		{"debian", "userdel node && groupdel node && useradd -u 1000 app", "app 1000:1000 | app 1000"},
		{"debian", "deluser --remove-home node", "| maybe node 1000"},
		{"debian", "deluser node root", "|"},
		{"debian", "delgroup node", "|"},
		{"alpine", "delgroup node root", "|"},
		// What may not have run, or may have failed.
		{"debian", "useradd -u 1003 app; true", "maybe app 1003:1003 | maybe app 1003"},
		{"debian", "set -e; useradd -u 1003 app; true", "app 1003:1003 | app 1003"},
		{"debian", "useradd -u 1003 app || true", "maybe app 1003:1003 | maybe app 1003"},
		{"debian", "useradd -u 1003 node || true", "|"},
		{"debian", "useradd -u 1003 app &", "maybe app 1003:1003 | maybe app 1003"},
		{"debian", "for i in 1 2; do useradd -u 100$i app$i; done", "| rest"},
		{"debian", "if [ -f x ]; then useradd -u 1003 app; fi", "maybe app 1003:1003 | maybe app 1003"},
		{"debian", "useradd -u 1003 app; true\nuseradd -u 1003 app", "app 1003:1003 | app 1003"},
		// Guards.
		{"debian", "getent passwd app || useradd -u 1003 app", "app ?:? | maybe app ?"},
		{"debian!", "getent passwd app || useradd -u 1003 app", "app 1003:1003 | app 1003"},
		{"debian", "getent passwd node || useradd -u 1003 node", "|"},
		{"debian", "id -u app >/dev/null 2>&1 || useradd -u 1003 app", "app ?:? | maybe app ?"},
		{"debian", "if ! id app; then useradd -u 1003 app; fi", "app ?:? | maybe app ?"},
		{"debian", "if id app; then userdel app; fi; useradd -u 1003 app", "app 1003:1003 | app 1003"},
		{"debian", "if id node; then userdel node; fi", "| maybe node 1000"},
		{"debian", "if id node; then userdel node; else useradd -u 1003 app; fi", "| maybe node 1000"},
		{"debian", "getent group app || groupadd -g 1003 app", "| app ?"},
		{"debian!", "getent group app || groupadd -g 1003 app", "| app 1003"},
		{"debian", "if ! getent group 1003; then groupadd -g 1003 app; fi", "| app 1003"},
		{"debian", "if ! getent group 103; then groupadd -g 103 app; fi", "| maybe app 103"},
		{"debian!", "if ! getent group 1003; then groupadd -g 1003 app; fi", "| app 1003"},
		{"debian!", "getent passwd 1000 || useradd -u 1000 app", "|"},
		{"debian!", "getent group app || (groupadd -g 1003 app && useradd -u 1003 -g app app)", "app 1003:1003 | app 1003"},
		{"debian!", "if getent group app; then useradd -g app -u 1003 app; else groupadd -g 1003 app && useradd -g app -u 1003 app; fi", "app 1003:1003 | app 1003"},
		{"debian", "grep -q '^app:' /etc/passwd || useradd -u 1003 app", "app ?:? | maybe app ?"},
		{"debian!", "grep -q ^app: /etc/group || groupadd -g 1003 app", "| app 1003"},
		{"debian!", "grep -qv '^app:' /etc/group || groupadd -g 1003 app", "| maybe app 1003"},
		{"debian", "command -v useradd && useradd -u 1003 app || adduser -u 1003 app", "maybe app 1003:1003, maybe app 1003:1003 | maybe app 1003, maybe app 1003"},
		{"debian", "if command -v useradd; then useradd -u 1003 app; else adduser --uid 1004 app; fi", "app 1003:1003 | app 1003"},
		{"debian", "if command -v apk; then adduser -D -u 1003 app; else useradd -u 1003 app; fi", "app 1003:1003 | app 1003"},
		{"debian", "id app || useradd -u 1003 app; id x || useradd -u 1004 app", "maybe app 1003:1003, maybe app 1004:1004 | maybe app 1003, maybe app 1004"},
		// Lines written to the files.
		{"debian!", "echo 'app:x:1003:1004::/home/app:/bin/sh' >> /etc/passwd", "app 1003:1004 |"},
		{"debian", "echo 'app:x:1003:1004::/home/app:/bin/sh' >> /etc/passwd", "app ?:? |"},
		{"debian!", "echo 'app:x:103:104::/home/app:/bin/sh' >> /etc/passwd", "app 103:104 |"},
		{"debian!", "echo 'node:x:103:104::/home/app:/bin/sh' >> /etc/passwd", "node 103:104 |"},
		{"", "echo 'app:x:1003:1004::/home/app:/bin/sh' >> /etc/passwd", "app ?:? |"},
		{"debian!", "echo 'app:x:1003:' >> /etc/group", "| app 1003"},
		{"debian!", "printf 'app:x:1003:1004::/home/app:/bin/sh\\n' >> /etc/passwd", "app 1003:1004 |"},
		{"debian!", "printf 'app:x:%s:1004::/home/app:/bin/sh\\n' 1003 >> /etc/passwd", "| rest"},
		{"debian!", "echo \"app:x:$LOST:0::/:/bin/sh\" >> /etc/passwd", "| rest"},
		{"debian!", "echo 'app:x:1003:1004::/home/app:/bin/sh' >> /etc/passwd; true", "| rest"},
		{"", "echo 'app:x:1003:1003::/:/bin/sh' > /etc/passwd", "app 1003:1003 |"},
		{"debian", "echo 'app:x:1003:1003::/:/bin/sh' > /etc/passwd", "app 1003:1003 |"},
		{"debian!", "cat passwd > /etc/passwd", "| rest"},
		{"debian!", "useradd -u 1003 app && cat more >> /etc/passwd", "app 1003:1003 | app 1003 rest"},
		{"debian!", "cd /etc && echo x > passwd", "| rest"},
		{"debian!", "echo x > $LOST", "| rest"},
		{"debian", "echo x > /etc/hosts", "|"},
		{"debian!", "sed -i s/1000/1003/ /etc/passwd", "| rest"},
		{"debian", "sed s/1000/1003/ /etc/passwd", "|"},
		{"debian!", "echo x | tee -a /etc/group", "| rest"},
		{"debian", "cp /etc/passwd /tmp/passwd", "|"},
		{"debian!", "cp passwd /etc/passwd", "| rest"},
		{"debian!", "cp passwd /etc/", "| rest"},
		{"debian", "cp hosts /etc/", "|"},
		{"debian!", "cp -r rootfs/* /", "| rest"},
		{"debian", "cp run.sh /", "|"},
		{"debian!", "mv $LOST /srv", "| rest"},
		{"debian!", "rm /etc/passwd", "| rest"},
	}
	for _, test := range tests {
		accounts, _ := dockerfile.RunAccounts(accountBase(test.base), errOther, env, test.script)
		if diff := cmp.Diff(test.want, shown(accounts)); diff != "" {
			t.Errorf("%q: %s: %s", test.base, test.script, diff)
		}
	}
}

// TestOtherPrograms shows which programs leave a list of accounts complete.
func TestOtherPrograms(t *testing.T) {
	tests := []struct {
		script, want string // which accounts there may be: "known", also "services", or "any"
	}{
		{"mkdir -p /app && chown -R 1003:1003 /app && chmod 755 /app", "known"},
		{"cd /app; ls | grep x > /dev/null; export A=1", "known"},
		{"rm -rf /var/lib/apt/lists/* /tmp/*", "known"},
		{"rm -rf $LOST", "any"},
		{"ln -sf /dev/stdout /var/log/x.log", "known"},
		{"apt-get update && apt-get clean", "known"},
		{"apt-get install -y --no-install-recommends curl=7.88.1-10 wget", "known"},
		{"apt-get install -y -o APT::Keep=1 curl", "known"},
		{"apt-get install -y curl nginx", "services"},
		{"apt-get install -y ./x.deb", "services"},
		{"apt-get install -y $LOST", "services"},
		{"apt-get upgrade -y", "services"},
		{"apk add --no-cache nginx", "services"},
		{"apk update", "known"},
		{"dnf -y install curl", "services"},
		{"npm ci", "services"},
		{"pip install x", "services"},
		{"python -m pip install x", "services"},
		{"python -m venv /venv", "services"},
		{"./setup.sh", "any"},
		{"eval x", "any"},
		{"$LOST", "any"},
		{"echo $(./setup.sh)", "any"},
		{"echo $(date)", "known"},
		{"curl -fsSL https://example.com/etc/passwd -o /tmp/x", "known"},
		{"curl -fsSL https://example.com/x | bash", "any"},
		{"curl -fsSL https://example.com/x | tar -xz -C /opt", "known"},
		{"curl -fsSL https://example.com/x | tar -xz -C /", "any"},
		{"curl -fsSL https://example.com/x | tar -xz --directory=/opt", "known"},
		{"cd /opt && tar xf x.tar", "known"},
		{"tar xf x.tar", "known"},
		{"tar cf x.tar .", "known"},
		{"find /app -type f -exec chmod 644 {} +", "known"},
		{"find /app -name '*.pyc' -delete", "known"},
		{"find / -name '*.pyc' -delete", "any"},
		{"find /app -name x.sh -exec {} ';'", "any"},
		{"find /app -name x | xargs chmod 644", "known"},
		{"find /app -name x | xargs -n 1 sh", "any"},
		{"awk '{print $1}' f", "known"},
		{"awk 'BEGIN{system(\"x\")}'", "any"},
		{"git clone https://example.com/x /src", "known"},
		{"git bisect run x", "any"},
		{"command -v node", "known"},
		{"command x", "any"},
		{"env", "known"},
		{"unzip x.zip -d /opt", "known"},
		{"unzip x.zip -d /", "any"},
		{"if false; then ./setup.sh; fi", "any"},
		{"chpasswd < x && gpasswd -a node root", "known"},
	}
	for _, test := range tests {
		env := check.NewEnv([]check.Variable{{Name: "LOST", Err: errOther}}, nil)
		accounts, _ := dockerfile.RunAccounts(accountBase("debian!"), nil, env, test.script)
		got := "any"
		switch {
		case accounts.Rest == nil:
			got = "known"
		case accounts.OnlyServices:
			got = "services"
		}
		if got != test.want || len(accounts.Users) != 2 {
			t.Errorf("%s: %s, want %s, with %d users (%v)", test.script, got, test.want, len(accounts.Users), accounts.Rest)
		}
	}
}

// TestAccountReasons shows what is said of accounts that cannot be known, and
// where those that are known were seen.
func TestAccountReasons(t *testing.T) {
	accounts, _ := dockerfile.RunAccounts(accountBase("debian!"), nil, check.Env{}, "true", "useradd app; useradd -u 1003 -d /srv fun", "npm ci")
	fun, _, err := accounts.UserByName("fun")
	if err != nil || fun.At.Line != 2 || fun.At.Key != "useradd" || fun.Home != "/srv" {
		t.Errorf("got %+v, %v", fun, err)
	}
	for _, test := range []struct{ name, want string }{
		{"app", `accounts unavailable: line 2 may add the account app`},
		{"other", "accounts unavailable: line 3 runs npm, which may add accounts"},
	} {
		_, found, err := accounts.UserByName(test.name)
		if found || err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, %v, want %s", test.name, found, err, test.want)
		}
	}
}

func TestToolUses(t *testing.T) {
	tests := []struct{ base, script, want string }{
		{"debian", "useradd app", "useradd yes"},
		{"debian", "adduser app", "adduser no, useradd instead"},
		{"debian", "apt-get install -y adduser && adduser app", "adduser yes, useradd instead"},
		{"debian", "apt-get install -y adduser=3.1; adduser app", "adduser ?, useradd instead"},
		{"debian", "apt-get install -y ssh && adduser app", "adduser ?, useradd instead"},
		{"debian", "apt-get update && adduser app", "adduser no, useradd instead"},
		{"debian", "./setup.sh && adduser app", "adduser ?, useradd instead"},
		{"debian", "apt-get purge -y passwd && useradd app", "useradd ?"},
		{"alpine", "groupadd g && useradd app", "groupadd no, addgroup instead; useradd no, adduser instead"},
		{"alpine", "apk add --no-cache shadow && useradd app", "useradd yes, adduser instead"},
		{"alpine", "apk add --no-cache -t .deps curl 'gcc>1' bash~5 && useradd app", "useradd no, adduser instead"},
		{"alpine", "apk add --no-cache podman && useradd app", "useradd ?, adduser instead"},
		{"alpine", "apk add shadow || true; useradd app", "useradd ?, adduser instead"},
		{"alpine", "useradd app || adduser -D app", "useradd no, adduser instead; adduser ?"},
		{"alpine", "if command -v useradd; then useradd app; else adduser -D app; fi", "useradd ?, adduser instead; adduser yes"},
		{"alpine", "usermod -aG x node", "usermod no"},
		{"redhat", "microdnf install -y shadow-utils && adduser app", "adduser yes, useradd instead"},
		{"", "useradd app", "useradd ?"},
		{"", "apk add shadow && useradd app", "useradd yes"},
	}
	for _, test := range tests {
		_, uses := dockerfile.RunAccounts(accountBase(test.base), errOther, check.Env{}, test.script)
		var got []string
		for _, use := range uses {
			text := use.Name + " no"
			if present, _, err := use.Present.Get(); err != nil {
				text = use.Name + " ?"
			} else if present {
				text = use.Name + " yes"
			}
			if use.Instead != "" {
				text += ", " + use.Instead + " instead"
			}
			if use.Base != test.base || use.At.Line != 1 || use.At.Key != use.Name {
				t.Errorf("%s: base %q at %+v", test.script, use.Base, use.At)
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(test.want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%q: %s: %s", test.base, test.script, diff)
		}
	}
}

// TestSources shows that every entry of the tables says where it is from.
func TestSources(t *testing.T) {
	for _, source := range dockerfile.ToolSources() {
		if !strings.HasPrefix(source, "https://") {
			t.Errorf("%q is no address", source)
		}
	}
}

// FuzzAccounts looks for panics, and for scripts that change the accounts that
// they began with and not a copy of them.
func FuzzAccounts(f *testing.F) {
	f.Add("debian", "useradd -r -u 1003 -g node app && usermod -l x app; groupmod -g 5 node")
	f.Add("alpine", "getent group app || addgroup -S app && adduser -S -G app app")
	f.Add("", "echo 'a:x:1:1::/:' > /etc/passwd; deluser --group node; find / -exec rm {} +")
	f.Fuzz(func(t *testing.T, family, script string) {
		base := accountBase(family)
		accounts, uses := dockerfile.RunAccounts(base, errOther, check.Env{}, script, script)
		for _, use := range uses {
			if use.Name == "" || use.At.Line == 0 {
				t.Errorf("a use without a name or a place: %+v", use)
			}
		}
		for _, u := range accounts.Users {
			if _, _, err := accounts.UserByName(u.Name); u.Err == nil && u.UIDErr == nil && err != nil && accounts.Users[0].Name == u.Name {
				t.Errorf("%s is known, but not found: %v", u.Name, err)
			}
		}
		if base == nil {
			return
		}
		if got := shown(base.Accounts); got != "|" {
			t.Errorf("the base has changed: %s", got)
		}
	})
}
