// SPDX-License-Identifier: Apache-2.0

package dockerfile

const (
	dotnetSource     = "https://github.com/dotnet/dotnet-docker"
	dotnetRuntimes   = "mcr.microsoft.com/dotnet/aspnet mcr.microsoft.com/dotnet/runtime mcr.microsoft.com/dotnet/runtime-deps"
	dotnetSDK        = "mcr.microsoft.com/dotnet/sdk"
	dotnetEnd        = `(?:-(?:composite|extra|aot))*(?:-(?:amd64|arm64v8|arm32v7))?`
	dotnet6Variants  = `(?:(?:bullseye|bookworm)-slim|focal|jammy|` + alpineReleases + `)?` + dotnetEnd
	dotnet8Variants  = `(?:bookworm-slim|jammy|noble|` + alpineReleases + `)?` + dotnetEnd
	dotnet10Variants = `(?:noble|resolute|trixie-slim|` + alpineReleases + `)?` + dotnetEnd

	distrolessSource = "https://github.com/GoogleContainerTools/distroless"
	distrolessArch   = `(?:amd64|arm64|arm|s390x|ppc64le)?`
	distrolessBases  = "gcr.io/distroless/static gcr.io/distroless/static-debian* gcr.io/distroless/base gcr.io/distroless/base-debian* " +
		"gcr.io/distroless/base-nossl gcr.io/distroless/base-nossl-debian* gcr.io/distroless/cc gcr.io/distroless/cc-debian*"
	distrolessJava   = "gcr.io/distroless/java gcr.io/distroless/java-debian* gcr.io/distroless/java[0-9]*"
	distrolessNode   = "gcr.io/distroless/nodejs gcr.io/distroless/nodejs-debian* gcr.io/distroless/nodejs[0-9]*"
	distrolessPython = "gcr.io/distroless/python3 gcr.io/distroless/python3-debian*"

	ubiSource   = "https://catalog.redhat.com/software/base-images"
	s2iSource   = "https://github.com/sclorg/s2i-base-container/blob/master/core/Dockerfile.rhel9"
	s2iVersions = `latest|1|[89]\.\d+(?:-[\d.]+)?|1-[\d.]+`
	s2iHome     = "/opt/app-root/src"

	cudaSource = "https://gitlab.com/nvidia/container-images/cuda"
)

var (
	dotnetVariables = []string{
		"DOTNET_RUNNING_IN_CONTAINER=true", "DOTNET_VERSION", "ASPNET_VERSION", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT",
		"DOTNET_GENERATE_ASPNET_CERTIFICATE", "DOTNET_NOLOGO", "DOTNET_SDK_VERSION", "DOTNET_USE_POLLING_FILE_WATCHER",
		"NUGET_XMLDOC_MODE", "POWERSHELL_DISTRIBUTION_CHANNEL", "DOTNET_ROLL_FORWARD", "LC_ALL", "LANG",
	}
	dotnetUsers  = []string{"app:1654:1654:/home/app"}
	dotnetGroups = []string{"app:1654"}

	distrolessVariables = []string{"SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"}
	debugVariables      = []string{"PATH=" + defaultPath + ":/busybox", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"}
	javaVariables       = []string{"LANG=C.UTF-8", "JAVA_VERSION"}

	s2iVariables = []string{"HOME=" + s2iHome, "APP_ROOT=/opt/app-root", "PATH"}
	s2iUsers     = []string{"default:1001:0:" + s2iHome}

	// cudaVariables are those of every release of NVIDIA's images.
	cudaVariables = []string{
		"PATH", "LD_LIBRARY_PATH", "LIBRARY_PATH",
		"NVARCH", "NVIDIA_REQUIRE_CUDA", "NVIDIA_VISIBLE_DEVICES=all", "NVIDIA_DRIVER_CAPABILITIES=compute,utility", "NVIDIA_PRODUCT_NAME", "CUDA_VERSION", "NCCL_VERSION",
		"NV_CUDA_CUDART_VERSION", "NV_CUDA_COMPAT_PACKAGE", "NV_CUDA_LIB_VERSION", "NV_NVTX_VERSION", "NV_LIBNPP_VERSION", "NV_LIBNPP_PACKAGE",
		"NV_LIBCUSPARSE_VERSION", "NV_LIBCUBLAS_PACKAGE_NAME", "NV_LIBCUBLAS_VERSION", "NV_LIBCUBLAS_PACKAGE",
		"NV_LIBNCCL_PACKAGE_NAME", "NV_LIBNCCL_PACKAGE_VERSION", "NV_LIBNCCL_PACKAGE",
		"NV_CUDA_CUDART_DEV_VERSION", "NV_NVML_DEV_VERSION", "NV_LIBCUSPARSE_DEV_VERSION", "NV_LIBNPP_DEV_VERSION", "NV_LIBNPP_DEV_PACKAGE",
		"NV_LIBCUBLAS_DEV_VERSION", "NV_LIBCUBLAS_DEV_PACKAGE_NAME", "NV_LIBCUBLAS_DEV_PACKAGE", "NV_CUDA_NSIGHT_COMPUTE_VERSION",
		"NV_CUDA_NSIGHT_COMPUTE_DEV_PACKAGE", "NV_NVPROF_VERSION", "NV_NVPROF_DEV_PACKAGE",
		"NV_LIBNCCL_DEV_PACKAGE_NAME", "NV_LIBNCCL_DEV_PACKAGE_VERSION", "NV_LIBNCCL_DEV_PACKAGE",
		"NV_CUDNN_VERSION", "NV_CUDNN_PACKAGE_NAME", "NV_CUDNN_PACKAGE", "NV_CUDNN_PACKAGE_DEV", "CUDNN_VERSION", "NVIDIA_CUDA_END_OF_LIFE",
	}
)

// vendorImages are the images that their makers publish themselves.
var vendorImages = []knownImage{
	{
		names: dotnetRuntimes, versions: `[67]\.0(?:\.\d+)?`, variants: dotnet6Variants, example: "6.0-jammy", on: "bullseye",
		source: dotnetSource, env: extend(dotnetVariables, "ASPNETCORE_URLS=http://+:80"),
	},
	{
		names: dotnetSDK, versions: `[67]\.0(?:\.\d+)?`, variants: dotnet6Variants, example: "6.0", on: "bullseye",
		source: dotnetSource, env: extend(dotnetVariables, "ASPNETCORE_URLS"),
	},
	{
		names: dotnetRuntimes, versions: `[89]\.0(?:\.\d+)?`, variants: dotnet8Variants, example: "8.0-alpine3.20", on: "bookworm",
		source: dotnetSource, env: extend(dotnetVariables, "APP_UID=1654", "ASPNETCORE_HTTP_PORTS=8080"), users: dotnetUsers, groups: dotnetGroups,
	},
	{
		names: dotnetSDK, versions: `[89]\.0(?:\.\d+)?`, variants: dotnet8Variants, example: "9.0", on: "bookworm",
		source: dotnetSource, env: extend(dotnetVariables, "APP_UID=1654", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_URLS"), users: dotnetUsers, groups: dotnetGroups,
	},
	{
		names: dotnetRuntimes, versions: `10\.0(?:\.\d+)?`, variants: dotnet10Variants, example: "10.0", on: "noble",
		source: dotnetSource, env: extend(dotnetVariables, "APP_UID=1654", "ASPNETCORE_HTTP_PORTS=8080"), users: dotnetUsers, groups: dotnetGroups,
	},
	{
		names: dotnetSDK, versions: `10\.0(?:\.\d+)?`, variants: dotnet10Variants, example: "10.0-noble", on: "noble",
		source: dotnetSource, env: extend(dotnetVariables, "APP_UID=1654", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_URLS"), users: dotnetUsers, groups: dotnetGroups,
	},
	{
		names: dotnetRuntimes, versions: `(?:[89]|10|11)\.0(?:\.\d+)?`, variants: `(?:jammy|noble|resolute)-chiseled` + dotnetEnd, example: "9.0-noble-chiseled-extra",
		source: dotnetSource, user: "1654", env: extend(dotnetVariables, "APP_UID=1654", "ASPNETCORE_HTTP_PORTS=8080"),
		users: dotnetUsers, groups: dotnetGroups,
	},
	{
		names: dotnetRuntimes, versions: `(?:[89]|10)\.0(?:\.\d+)?`, variants: `azurelinux3\.0-distroless` + dotnetEnd, example: "8.0-azurelinux3.0-distroless", on: "chiseled",
		source: dotnetSource, user: "1654", env: extend(dotnetVariables, "APP_UID=1654", "ASPNETCORE_HTTP_PORTS=8080", "PATH"),
		users: dotnetUsers, groups: dotnetGroups, varies: []imageFact{entrypointFact, commandFact, workdirFact, variablesFact, accountsFact},
	},
	{
		names: distrolessBases, versions: latest, variants: distrolessArch, example: "latest", on: "distroless",
		source: distrolessSource, user: "0", env: distrolessVariables,
	},
	{
		names: distrolessBases, versions: `nonroot`, variants: distrolessArch, example: "nonroot", on: "distroless",
		source: distrolessSource, user: "65532", env: distrolessVariables, workdir: "/home/nonroot",
	},
	{
		names: distrolessBases, versions: `debug`, variants: distrolessArch, example: "debug", on: "distroless-debug",
		source: distrolessSource, user: "0", env: debugVariables, entrypoint: []string{"/busybox/sh"},
	},
	{
		names: distrolessBases, versions: `debug-nonroot`, variants: distrolessArch, example: "debug-nonroot", on: "distroless-debug",
		source: distrolessSource, user: "65532", env: debugVariables, entrypoint: []string{"/busybox/sh"}, workdir: "/home/nonroot",
	},
	{
		names: distrolessJava, versions: latest, variants: distrolessArch, example: "latest", on: "distroless",
		source: distrolessSource, user: "0", env: extend(distrolessVariables, javaVariables...), entrypoint: []string{"/usr/bin/java", "-jar"},
	},
	{
		names: distrolessJava, versions: `nonroot`, variants: distrolessArch, example: "nonroot", on: "distroless",
		source: distrolessSource, user: "65532", env: extend(distrolessVariables, javaVariables...), entrypoint: []string{"/usr/bin/java", "-jar"}, workdir: "/home/nonroot",
	},
	{
		names: distrolessNode, versions: latest, variants: distrolessArch, example: "latest", on: "distroless",
		source: distrolessSource, user: "0", env: distrolessVariables, entrypoint: []string{"/nodejs/bin/node"},
	},
	{
		names: distrolessNode, versions: `nonroot`, variants: distrolessArch, example: "nonroot", on: "distroless",
		source: distrolessSource, user: "65532", env: distrolessVariables, entrypoint: []string{"/nodejs/bin/node"}, workdir: "/home/nonroot",
	},
	{
		names: distrolessPython, versions: latest, variants: distrolessArch, example: "latest", on: "distroless",
		source: distrolessSource, user: "0", env: extend(distrolessVariables, "LANG"), varies: []imageFact{entrypointFact},
	},
	{
		names: distrolessPython, versions: `nonroot`, variants: distrolessArch, example: "nonroot", on: "distroless",
		source: distrolessSource, user: "65532", env: extend(distrolessVariables, "LANG"), workdir: "/home/nonroot", varies: []imageFact{entrypointFact},
	},
	{
		names:    "registry.access.redhat.com/ubi8 registry.access.redhat.com/ubi9 registry.access.redhat.com/ubi8/ubi registry.access.redhat.com/ubi9/ubi redhat/ubi8 redhat/ubi9",
		versions: `latest|[89]\.\d+(?:-[\d.]+)?`, example: "9.4-1123", on: "ubi", source: ubiSource,
	},
	{
		names: "registry.access.redhat.com/ubi8-minimal registry.access.redhat.com/ubi9-minimal registry.access.redhat.com/ubi8/ubi-minimal registry.access.redhat.com/ubi9/ubi-minimal " +
			"registry.access.redhat.com/ubi8-micro registry.access.redhat.com/ubi9-micro registry.access.redhat.com/ubi8/ubi-micro registry.access.redhat.com/ubi9/ubi-micro " +
			"redhat/ubi8-minimal redhat/ubi9-minimal redhat/ubi8-micro redhat/ubi9-micro",
		versions: `latest|[89]\.\d+(?:-[\d.]+)?`, example: "latest", on: "ubi-minimal", source: ubiSource, varies: []imageFact{commandFact},
	},
	{
		names: "registry.access.redhat.com/ubi[89]/python-3[0-9]* registry.access.redhat.com/ubi[89]/ruby-3[0-9] " +
			"registry.access.redhat.com/ubi[89]/nodejs-[12][0-9] registry.access.redhat.com/ubi[89]/nodejs-[12][0-9]-minimal",
		versions: s2iVersions, example: "latest", on: "ubi-minimal", source: s2iSource, user: "1001",
		env: s2iVariables, ports: []string{"8080/tcp"}, workdir: s2iHome, users: s2iUsers,
		varies: []imageFact{entrypointFact, commandFact, variablesFact},
	},
	{
		names:    "registry.access.redhat.com/ubi[89]/nginx-1[0-9]* registry.access.redhat.com/ubi[89]/httpd-24",
		versions: s2iVersions, example: "latest", on: "ubi-minimal", source: s2iSource, user: "1001",
		env: s2iVariables, ports: []string{"8080/tcp", "8443/tcp"}, workdir: s2iHome, users: s2iUsers,
		varies: []imageFact{entrypointFact, commandFact, variablesFact, stopSignalFact},
	},
	{ // Some have /opt/app-root as HOME.
		names: "registry.access.redhat.com/ubi[89]/php-8[0-9]", versions: s2iVersions, example: "latest", on: "ubi-minimal", source: s2iSource, user: "1001",
		env: extend(s2iVariables, "HOME"), ports: []string{"8080/tcp", "8443/tcp"}, workdir: s2iHome, users: s2iUsers,
		varies: []imageFact{entrypointFact, commandFact, variablesFact},
	},
	{
		names:    "registry.access.redhat.com/ubi[89]/openjdk-[12][0-9] registry.access.redhat.com/ubi[89]/openjdk-[12][0-9]-runtime",
		versions: `latest|1\.\d+(?:-[\d.]+)?`, example: "1.20", on: "ubi-minimal", source: "https://github.com/rh-openjdk/redhat-openjdk-containers", user: "185",
		env: []string{"PATH"}, varies: []imageFact{entrypointFact, commandFact, workdirFact, portsFact, variablesFact},
	},
	{
		names:    "public.ecr.aws/lambda/python public.ecr.aws/lambda/nodejs public.ecr.aws/lambda/java public.ecr.aws/lambda/ruby public.ecr.aws/lambda/provided public.ecr.aws/lambda/dotnet amazon/aws-lambda-*",
		versions: `latest|al2|al2023|\d+(?:\.\d+)*(?:\.al2)?`, variants: `(?:x86_64|arm64|preview)?`, example: "3.12", on: "redhat",
		source: "https://github.com/aws/aws-lambda-base-images", env: []string{"PATH", "LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime"},
		entrypoint: []string{"/lambda-entrypoint.sh"}, workdir: "/var/task", varies: []imageFact{commandFact, variablesFact},
	},
	{
		names: "cgr.dev/chainguard/static cgr.dev/chainguard/python", versions: latest, example: "latest", on: "wolfi",
		source: "https://images.chainguard.dev/", user: "65532",
		varies: []imageFact{entrypointFact, commandFact, workdirFact, portsFact, variablesFact},
	},
	{
		names: "nvidia/cuda nvcr.io/nvidia/cuda", versions: `1[1-3]\.\d+\.\d+`, variants: `base-(?:ubuntu(?:18|20|22|24)\.04|ubi[89]|rockylinux[89])`, example: "11.8.0-base-ubuntu22.04",
		source: cudaSource, env: cudaVariables,
		maybeTools: adduserTools,
	},
	{
		names: "nvidia/cuda nvcr.io/nvidia/cuda", versions: `1[1-3]\.\d+\.\d+`, variants: `(?:cudnn\d?-)?(?:runtime|devel)-(?:ubuntu(?:18|20|22|24)\.04|ubi[89]|rockylinux[89])`, example: "12.4.1-cudnn-runtime-ubuntu22.04",
		source: cudaSource, env: cudaVariables, varies: []imageFact{entrypointFact, commandFact, accountsFact},
		maybeTools: adduserTools,
	},
	{
		names: "pytorch/pytorch", versions: `latest|[12]\.\d+\.\d+`, variants: `(?:cuda[\d.]+-cudnn\d+-(?:runtime|devel))?`, example: "2.1.0-cuda12.1-cudnn8-runtime", on: "ubuntu",
		source: "https://github.com/pytorch/pytorch/blob/main/Dockerfile", workdir: "/workspace",
		env:        extend(cudaVariables, "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES", "PYTORCH_VERSION", "LANG", "LC_ALL"),
		varies:     []imageFact{entrypointFact, commandFact, accountsFact},
		maybeTools: adduserTools,
	},
	{
		names: "mcr.microsoft.com/playwright mcr.microsoft.com/playwright/python", versions: `v1\.\d+\.\d+`, variants: `jammy|noble`, example: "v1.49.0-noble",
		source: "https://github.com/microsoft/playwright/tree/main/utils/docker",
		env:    []string{"LANG=C.UTF-8", "LC_ALL=C.UTF-8", "PLAYWRIGHT_BROWSERS_PATH=/ms-playwright"},
		users:  []string{"?pwuser:1000:1000:/home/pwuser", "?pwuser:1001:1001:/home/pwuser"}, groups: []string{"?pwuser:1000", "?pwuser:1001"},
		tools: adduserTools, varies: []imageFact{accountsFact},
	},
	{
		names: "tensorflow/tensorflow", versions: `latest|2\.\d+\.\d+`, variants: `(?:gpu)?`, example: "2.16.1", on: "ubuntu",
		source:     "https://github.com/tensorflow/build/tree/master/tensorflow_runtime_dockerfiles",
		varies:     []imageFact{entrypointFact, commandFact, variablesFact, accountsFact},
		maybeTools: adduserTools,
	},
	{
		names: "jrottenberg/ffmpeg", versions: `latest|[4-8](?:\.\d+){0,2}`, variants: `ubuntu(?:(?:18|20|22|24)04)?`, example: "4-ubuntu", on: "ubuntu",
		source: "https://github.com/jrottenberg/ffmpeg", env: []string{"LD_LIBRARY_PATH"}, entrypoint: []string{"ffmpeg"}, cmd: []string{"--help"},
		varies: []imageFact{workdirFact, accountsFact},
	},
	{
		names: "alpine/git", versions: `latest|v?2(?:\.\d+){1,2}`, example: "2.36.2", on: "alpine",
		source: "https://github.com/alpine-docker/git", entrypoint: []string{"git"}, cmd: []string{"--help"},
		workdir: "/git", volumes: []string{"/git"}, varies: []imageFact{accountsFact},
	},
}
