// SPDX-License-Identifier: Apache-2.0

package dockerfile

const (
	// temurinReleases are what Temurin's images name their system by; Ubuntu is
	// the system of those that name none.
	temurinReleases  = `(?:focal|jammy|noble|resolute|alpine(?:-3\.\d+)?)`
	temurinVersions  = `11|17|21|2[2-9]`
	temurinSource    = "https://github.com/adoptium/containers"
	openjdkVersions  = `(?:8|11|1[2-9]|2\d)(?:\.\d+)*(?:-ea(?:-\d+)?)?|8u\d+`
	openjdkSource    = "https://github.com/docker-library/openjdk/blob/master/Dockerfile-linux.template"
	correttoVersions = `(?:8|11|1[5-9]|2\d)(?:\.\d+)*|8u\d+`
	correttoSource   = "https://github.com/corretto/corretto-docker"
	gradleSource     = "https://github.com/gradle/docker-gradle"
	mavenSource      = "https://github.com/carlossg/docker-maven"
)

var (
	temurinEntrypoint = []string{"/__cacert_entrypoint.sh"}
	temurinVariables  = []string{
		"PATH=/opt/java/openjdk/bin:" + defaultPath, "JAVA_HOME=/opt/java/openjdk", "JAVA_VERSION",
		"LANG=en_US.UTF-8", "LANGUAGE=en_US:en", "LC_ALL=en_US.UTF-8",
	}
	openjdkVariables  = []string{"PATH", "JAVA_HOME", "JAVA_VERSION", "LANG", "JAVA_DEBIAN_VERSION", "JAVA_URL_VERSION", "JAVA_BASE_URL", "CA_CERTIFICATES_JAVA_VERSION", "JAVA_ALPINE_VERSION"}
	correttoVariables = []string{"JAVA_HOME", "LANG", "JAVA_TOOL_OPTIONS"}
	gradleVariables   = []string{
		"PATH=/opt/java/openjdk/bin:" + defaultPath, "JAVA_HOME=/opt/java/openjdk", "JAVA_VERSION", "LANG", "LANGUAGE", "LC_ALL", "GRADLE_HOME=/opt/gradle", "GRADLE_VERSION",
	}
	mavenEntrypoint = []string{"/usr/local/bin/mvn-entrypoint.sh"}
	mavenVariables  = []string{
		"PATH=/opt/java/openjdk/bin:" + defaultPath, "JAVA_HOME=/opt/java/openjdk", "JAVA_VERSION", "LANG", "LANGUAGE", "LC_ALL", "JAVA_TOOL_OPTIONS",
		"MAVEN_HOME=/usr/share/maven", "MAVEN_CONFIG", "MAVEN_VERSION", "MAVEN_BUILD_NUMBER",
	}
)

// jvmImages are the images of Java and its build tools.
var jvmImages = []knownImage{
	{
		names: "eclipse-temurin", versions: `8`, variants: `(?:(?:jdk|jre)(?:-` + temurinReleases + `)?)?|` + temurinReleases, example: "8-jdk", on: "ubuntu",
		source: temurinSource, env: temurinVariables, entrypoint: temurinEntrypoint,
		maybeTools: adduserTools,
	},
	{
		names: "eclipse-temurin", versions: temurinVersions, variants: `jre(?:-` + temurinReleases + `)?`, example: "17-jre-alpine", on: "ubuntu",
		source: temurinSource, env: temurinVariables, entrypoint: temurinEntrypoint,
		maybeTools: adduserTools,
	},
	{
		names: "eclipse-temurin", versions: `latest|` + temurinVersions, variants: `(?:jdk(?:-` + temurinReleases + `)?)?|` + temurinReleases, example: "21-jdk-jammy", on: "ubuntu",
		source: temurinSource, env: temurinVariables, entrypoint: temurinEntrypoint, cmd: []string{"jshell"},
		maybeTools: adduserTools,
	},
	{ // The entrypoint came in the course of 2023.
		names: "eclipse-temurin", versions: `(?:8u\d+-b\d+|\d+(?:\.\d+)+_\d+(?:\.\d+)?)`, variants: `(?:jdk|jre)(?:-` + temurinReleases + `)?`, example: "17.0.9_9-jdk", on: "ubuntu",
		source: temurinSource, env: extend(temurinVariables, "LANG", "LANGUAGE", "LC_ALL"),
		varies:     []imageFact{entrypointFact, commandFact},
		maybeTools: adduserTools,
	},
	{
		names: "openjdk", versions: `(?:8|11)(?:\.\d+)*|8u\d+`, variants: `(?:jdk|jre)?(?:-` + debianReleases + `)?|` + debianReleases, example: "11-jdk", on: "debian", old: `.*`,
		source: openjdkSource, env: openjdkVariables, varies: []imageFact{commandFact}, groups: sshGroups,
	},
	{
		names: "openjdk", versions: openjdkVersions, variants: `(?:(?:jdk|jre)-)?slim(?:-` + debianReleases + `)?`, example: "17-jdk-slim", on: "debian", old: `(?:8|11|1[2-9]|20)(?:[.u].*)?`,
		source: openjdkSource, env: openjdkVariables, varies: []imageFact{commandFact},
	},
	{
		names: "openjdk", versions: openjdkVersions, variants: `(?:(?:jdk|jre)-)?` + alpineReleases, example: "8-jre-alpine",
		source: openjdkSource, env: openjdkVariables, varies: []imageFact{commandFact},
	},
	{ // From release 12 on a tag that names no system is Oracle's Linux.
		names: "openjdk", versions: `(?:1[2-9]|2\d)(?:\.\d+)*(?:-ea(?:-\d+)?)?`, variants: `(?:jdk)?|(?:jdk-)?(?:oracle|oraclelinux[789])`, example: "17", on: "redhat",
		source: openjdkSource, env: openjdkVariables, varies: []imageFact{commandFact},
	},
	{
		names: "amazoncorretto public.ecr.aws/amazoncorretto/amazoncorretto", versions: `latest|` + correttoVersions, variants: `(?:al2|al2023)?(?:-?(?:jdk|native-jdk|headful|headless|generic))?`, example: "17-al2023", on: "redhat",
		source: correttoSource, env: correttoVariables,
	},
	{
		names: "amazoncorretto public.ecr.aws/amazoncorretto/amazoncorretto", versions: correttoVersions, variants: alpineReleases + `(?:-(?:jdk|jre|full))?`, example: "21-alpine",
		source: correttoSource, env: extend(correttoVariables, "PATH="+defaultPath+":/usr/lib/jvm/default-jvm/bin"),
	},
	{ // Its account has the number of Ubuntu's, which gives way.
		names: "gradle", versions: `latest|[789](?:\.\d+){0,2}`, variants: `(?:jdk(?:\d+|-lts|-lts-and-current)?)?(?:-?(?:focal|jammy|noble|resolute|alpine))?`, example: "8.5-jdk17", on: "ubuntu",
		source: gradleSource, user: "root", env: gradleVariables, cmd: []string{"gradle"}, workdir: "/home/gradle", volumes: []string{"/home/gradle/.gradle"},
		users: []string{"gradle:1000:1000:/home/gradle"}, groups: []string{"gradle:1000"}, without: []string{"ubuntu"},
		varies:     []imageFact{entrypointFact, accountsFact},
		maybeTools: adduserTools,
	},
	{
		names: "maven", versions: `latest|3(?:\.\d+){0,2}|4\.0\.0(?:-(?:alpha|beta|rc)-\d+)?`, variants: `eclipse-temurin(?:-\d+)?(?:-` + temurinReleases + `)?`, example: "3.9-eclipse-temurin-17", on: "ubuntu",
		source: mavenSource, env: mavenVariables, entrypoint: mavenEntrypoint, cmd: []string{"mvn"}, groups: sshGroups,
		maybeTools: adduserTools,
	},
	{ // Temurin is the default since release 3.9.
		names: "maven", versions: `latest|3|3\.9(?:\.\d+)?`, example: "3.9", on: "ubuntu",
		source: mavenSource, env: mavenVariables, entrypoint: mavenEntrypoint, cmd: []string{"mvn"}, groups: sshGroups,
		maybeTools: adduserTools,
	},
	{
		names: "maven", versions: `3(?:\.\d+){0,2}`, variants: `amazoncorretto-\d+(?:-al2023)?`, example: "3.9-amazoncorretto-21", on: "redhat",
		source: mavenSource, env: extend(mavenVariables, "PATH", "JAVA_HOME"), entrypoint: mavenEntrypoint, cmd: []string{"mvn"},
		maybeTools: adduserTools,
	},
	{
		names: "maven", versions: `3(?:\.\d+){0,2}`, variants: `(?:amazoncorretto-\d+-debian|openjdk-\d+-slim|jdk-\d+-slim)(?:-` + debianReleases + `)?`, example: "3.8-openjdk-11-slim", on: "debian",
		source: mavenSource, env: extend(mavenVariables, "PATH", "JAVA_HOME"), entrypoint: mavenEntrypoint, cmd: []string{"mvn"}, groups: sshGroups,
		maybeTools: adduserTools,
	},
	{
		names: "tomcat", versions: `latest|8\.5|9|9\.0|10|10\.1|11|11\.0`, variants: `(?:(?:jdk|jre)\d+(?:-temurin(?:-(?:jammy|noble|resolute))?)?)?`, example: "10.1-jre17", on: "ubuntu",
		source: "https://github.com/docker-library/tomcat",
		env: extend(temurinVariables, "PATH=/usr/local/tomcat/bin:/opt/java/openjdk/bin:"+defaultPath,
			"CATALINA_HOME=/usr/local/tomcat", "TOMCAT_NATIVE_LIBDIR=/usr/local/tomcat/native-jni-lib", "LD_LIBRARY_PATH=/usr/local/tomcat/native-jni-lib",
			"GPG_KEYS", "TOMCAT_MAJOR", "TOMCAT_VERSION", "TOMCAT_SHA512"),
		cmd: []string{"catalina.sh", "run"}, workdir: "/usr/local/tomcat", ports: []string{"8080/tcp"},
		maybeTools: adduserTools,
	},
}
