// SPDX-License-Identifier: Apache-2.0

package rules

// What interpreters do with nothing to run.
const (
	opensShell  = "opens a shell"
	opensPrompt = "opens a prompt"
	readsInput  = "reads a program from standard input"
)

// knownPrograms is the table of known programs. Of two entries with one name
// the first that fits counts, so one with a subcommand comes before one
// without. An option stands in the list that says what a rule reads from it;
// "valued" is for the others that take a value in the next argument.
var knownPrograms = []knownProgram{
	// Shells.
	{
		names: "sh bash ash dash ksh zsh", source: "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/sh.html",
		operand: scriptOperand, valued: "-o -O --rcfile --init-file", inline: "-c", idle: opensShell,
		port: "--port", expands: true,
	},

	// Python and its servers.
	{
		names: "python pypy", source: "https://docs.python.org/3/using/cmdline.html",
		operand: scriptOperand, valued: "-W -X --check-hash-based-pycs", inline: "-c", modules: "-m", paths: "PYTHONPATH",
		idle: opensPrompt, port: "--port",
	},
	{
		names: "ipython", source: "https://ipython.readthedocs.io/en/stable/interactive/reference.html",
		operand: scriptOperand, inline: "-c", modules: "-m", idle: opensPrompt,
	},
	{
		names: "http.server", module: "http.server SimpleHTTPServer", source: "https://docs.python.org/3/library/http.server.html",
		operand: addressOperand, valued: "-b --bind -p --protocol", chdir: "-d --directory", project: ".",
		defaultPort: "8000",
	},
	{
		names: "uvicorn", module: "uvicorn", source: "https://www.uvicorn.org/settings/",
		operand: moduleOperand, search: "--app-dir", paths: "PYTHONPATH",
		valued: "--host --uds --fd --reload-dir --reload-include --reload-exclude --reload-delay --workers --loop --http --ws --ws-max-size " +
			"--ws-max-queue --ws-ping-interval --ws-ping-timeout --lifespan --interface --env-file --log-config --log-level --root-path " +
			"--forwarded-allow-ips --limit-concurrency --backlog --limit-max-requests --timeout-keep-alive --timeout-graceful-shutdown " +
			"--ssl-keyfile --ssl-certfile --ssl-keyfile-password --ssl-version --ssl-cert-reqs --ssl-ca-certs --ssl-ciphers --header --h11-max-incomplete-event-size",
		port: "--port", portVars: "UVICORN_PORT", defaultPort: "8000",
	},
	{
		names: "gunicorn", module: "gunicorn", source: "https://docs.gunicorn.org/en/stable/settings.html",
		operand: moduleOperand, chdir: "--chdir", search: "--pythonpath", paths: "PYTHONPATH",
		valued: "-w --workers -k --worker-class --threads --worker-connections --max-requests --max-requests-jitter -t --timeout " +
			"--graceful-timeout --keep-alive --limit-request-line --limit-request-fields --backlog --log-level --access-logfile " +
			"--error-logfile --log-file --access-logformat --logger-class --log-config -n --name -p --pid -u --user -g --group -m --umask " +
			"-e --env --worker-tmp-dir --forwarded-allow-ips --keyfile --certfile --statsd-host --reload-extra-file --paste",
		bind: "-b --bind", portVars: "PORT", defaultPort: "8000", config: "-c --config",
		daemon: []string{"-D", "--daemon"},
	},
	{
		names: "hypercorn", module: "hypercorn", source: "https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html",
		operand: moduleOperand, paths: "PYTHONPATH",
		valued: "--access-logfile --access-logformat --backlog --ca-certs --certfile --error-logfile -g --group --graceful-timeout " +
			"--keep-alive --keyfile --log-config --log-level -p --pid --root-path -u --user -m --umask -w --workers -k --worker-class",
		bind: "-b --bind", defaultPort: "8000", config: "-c --config",
	},
	{
		names: "daphne", module: "daphne", source: "https://github.com/django/daphne/blob/main/daphne/cli.py",
		operand: moduleOperand, paths: "PYTHONPATH",
		valued: "-b --bind -u --unix-socket --fd -e --endpoint -v --verbosity -t --http-timeout --access-log --application-close-timeout --root-path",
		port:   "-p --port", defaultPort: "8000",
	},
	{
		names: "granian", module: "granian", source: "https://github.com/emmett-framework/granian",
		operand: moduleOperand, chdir: "--working-dir", paths: "PYTHONPATH",
		valued: "--host --interface --http --workers --runtime-threads --blocking-threads --loop --backlog --log-level --log-config --url-path-prefix",
		port:   "--port", portVars: "GRANIAN_PORT", defaultPort: "8000",
	},
	{
		names: "waitress-serve", module: "waitress", source: "https://docs.pylonsproject.org/projects/waitress/en/stable/runner.html",
		operand: moduleOperand, paths: "PYTHONPATH", valued: "--host --threads --url-scheme --url-prefix --trusted-proxy --unix-socket --app",
		port: "--port", bind: "--listen", defaultPort: "8080",
	},
	{
		names: "uwsgi uwsgi_python", source: "https://uwsgi-docs.readthedocs.io/en/latest/Options.html",
		modules: "-w --module --wsgi", script: "--wsgi-file --file", chdir: "--chdir", paths: "PYTHONPATH",
		valued: "-s --socket -p --processes --workers --threads --uid --gid --callable --logto --pidfile --plugin --plugins",
		bind:   "--http --http-socket", config: "--ini --yaml --json --xml", daemon: []string{"-d", "--daemonize"},
	},
	{
		names: "flask", sub: "run", module: "flask", source: "https://flask.palletsprojects.com/en/stable/cli/",
		modules: "--app -A", app: "FLASK_APP", paths: "PYTHONPATH", project: "app.py wsgi.py", valued: "-h --host -e --env-file --cert --key --extra-files --exclude-patterns",
		port: "-p --port", portVars: "FLASK_RUN_PORT", defaultPort: "5000",
	},
	{
		names: "quart", sub: "run", module: "quart", source: "https://quart.palletsprojects.com/en/latest/how_to_guides/developing.html",
		modules: "--app -A", app: "QUART_APP", paths: "PYTHONPATH", project: "app.py wsgi.py", valued: "-h --host --certfile --keyfile",
		port: "-p --port", defaultPort: "5000",
	},
	{
		names: "fastapi", sub: "run dev", module: "fastapi", source: "https://fastapi.tiangolo.com/fastapi-cli/",
		operand: scriptOperand, project: "main.py app.py api.py app/main.py app/app.py app/api.py",
		valued: "--host --workers --root-path --app --forwarded-allow-ips --reload-dir", modules: "-e --entrypoint",
		port: "--port", portVars: "PORT", defaultPort: "8000",
	},
	{
		names: "litestar", sub: "run", early: true, source: "https://docs.litestar.dev/latest/usage/cli.html",
		modules: "--app", app: "LITESTAR_APP", search: "--app-dir", paths: "PYTHONPATH", project: "app.py application.py", valued: "-H --host -W --wc --web-concurrency --fd --uds",
		port: "-p --port", portVars: "LITESTAR_PORT", defaultPort: "8000",
	},
	{
		names: "sanic", module: "sanic", source: "https://sanic.dev/en/guide/running/running.html",
		operand: moduleOperand, paths: "PYTHONPATH", valued: "-H --host -w --workers -u --unix --cert --key --tls",
		port: "-p --port", defaultPort: "8000",
	},
	{
		names: "manage.py django-admin", sub: "runserver", module: "django", source: "https://docs.djangoproject.com/en/stable/ref/django-admin/#runserver",
		operand: addressOperand, valued: "--settings --pythonpath -v --verbosity", defaultPort: "8000",
	},
	{
		names: "streamlit", sub: "run", module: "streamlit", source: "https://docs.streamlit.io/develop/api-reference/configuration/config.toml",
		operand: scriptOperand, valued: "--server.address --server.baseUrlPath --browser.serverAddress --theme.base",
		port: "--server.port", portVars: "STREAMLIT_SERVER_PORT", defaultPort: "8501",
	},
	{
		names: "gradio", module: "gradio", source: "https://www.gradio.app/guides/environment-variables",
		operand: scriptOperand, valued: "--demo-name --watch-dirs", portVars: "GRADIO_SERVER_PORT", defaultPort: "7860",
	},
	{
		names: "chainlit", sub: "run", module: "chainlit", source: "https://docs.chainlit.io/backend/command-line",
		operand: scriptOperand, valued: "--host --root-path", port: "--port", portVars: "CHAINLIT_PORT", defaultPort: "8000",
	},
	{
		names: "functions-framework functions-framework-python", source: "https://github.com/GoogleCloudPlatform/functions-framework-python",
		valued: "--target --signature-type --host", script: "--source", app: "FUNCTION_SOURCE", project: "main.py",
		port: "--port", portVars: "PORT", defaultPort: "8080",
	},
	{
		names: "mod_wsgi-express", sub: "start-server", source: "https://modwsgi.readthedocs.io/en/master/user-guides/mod-wsgi-express-quickstart.html",
		operand: scriptOperand, chdir: "--working-directory",
		valued: "--host --processes --threads --user --group --application-type --document-root --log-directory --server-root --url-alias",
		port:   "--port", defaultPort: "8000",
	},
	{
		names: "aiohttp.web", module: "aiohttp.web", source: "https://docs.aiohttp.org/en/stable/web_advanced.html",
		operand: moduleOperand, paths: "PYTHONPATH", valued: "-H --hostname -U --path",
		port: "-P --port", defaultPort: "8080",
	},
	{
		names: "bokeh panel", sub: "serve", module: "bokeh panel", source: "https://panel.holoviz.org/how_to/server/commandline.html",
		operand: scriptOperand, valued: "--address --log-level --allow-websocket-origin --prefix --num-procs --unix-socket",
		port: "--port", defaultPort: "5006",
	},
	{
		names: "jupyter", sub: "lab notebook server", source: "https://manpages.debian.org/testing/jupyter-server/jupyter-server.1.en.html",
		valued: "--ip --log-level --port-retries --notebook-dir", port: "--port --ServerApp.port", config: "--config", defaultPort: "8888",
	},
	{
		names: "vllm", sub: "serve", source: "https://docs.vllm.ai/en/stable/cli/serve/",
		valued: "--host --model", port: "--port", defaultPort: "8000",
	},
	{
		names: "mcp-proxy", module: "mcp_proxy", source: "https://github.com/sparfenyuk/mcp-proxy",
		valued: "--host --sse-host -e --env --cwd --transport --headers --log-level --allow-origin --named-server --named-server-config",
		port:   "--port --sse-port",
	},
	{
		names: "pip", sub: "install", module: "pip", source: "https://pip.pypa.io/en/stable/cli/pip_install/",
		valued: "-r -c -t -i --requirement --target", work: "downloads and installs packages",
		instead: "RUN pip install -r /app/requirements.txt",
	},
	{
		names: "uv", sub: "sync pip", source: "https://docs.astral.sh/uv/reference/cli/",
		work:    "downloads and installs packages",
		instead: "RUN uv sync --frozen --project /app\nENTRYPOINT [\"/app/.venv/bin/python\", \"/app/main.py\"]",
	},
	{
		names: "uv", sub: "run", source: "https://docs.astral.sh/uv/reference/cli/#uv-run",
		operand: commandOperand, chdir: "--directory", root: "--project", project: "pyproject.toml uv.lock",
		valued: "--with --python -p --extra --group --env-file --index-url --package", work: "brings the project's environment up to date",
		instead: "RUN uv sync --frozen --project /app\nENTRYPOINT [\"/app/.venv/bin/uvicorn\", …]",
	},
	{
		names: "uvx", source: "https://docs.astral.sh/uv/guides/tools/",
		operand: commandOperand, valued: "--from --with --python -p", work: "downloads a package",
		instead: "RUN UV_TOOL_DIR=/opt/tools UV_TOOL_BIN_DIR=/usr/local/bin uv tool install <package>",
	},
	{
		names: "poetry pipenv pdm hatch rye", sub: "run", early: true, source: "https://python-poetry.org/docs/cli/#run",
		operand: commandOperand, chdir: "-C --directory", root: "-P --project", project: "pyproject.toml Pipfile",
	},
	{
		names: "poetry pipenv pdm rye", sub: "install sync", source: "https://python-poetry.org/docs/cli/#install",
		work:    "downloads and installs packages",
		instead: "RUN poetry install --only main",
	},
	{
		names: "conda mamba micromamba", sub: "run", source: "https://docs.conda.io/projects/conda/en/stable/commands/run.html",
		operand: commandOperand, valued: "-n --name -p --prefix --cwd",
	},
	{
		names: "opentelemetry-instrument ddtrace-run", source: "https://opentelemetry.io/docs/zero-code/python/",
		operand: commandOperand, valued: "--traces_exporter --metrics_exporter --logs_exporter --service_name --exporter_otlp_endpoint",
	},
	{
		names: "newrelic-admin", sub: "run-program", source: "https://docs.newrelic.com/docs/apm/agents/python-agent/installation/python-agent-admin-script-advanced-usage/",
		operand: commandOperand,
	},

	// Node.js, Deno and Bun and their servers.
	{
		names: "node nodejs", source: "https://nodejs.org/api/cli.html",
		operand: scriptOperand, inline: "-e --eval -p --print", idle: opensPrompt, port: "--port",
		valued: "-r --require --import --loader --experimental-loader -C --conditions --env-file --title --icu-data-dir --openssl-config --inspect-port",
	},
	{
		names: "ts-node tsx nodemon", source: "https://www.npmjs.com/package/tsx",
		operand: scriptOperand, inline: "-e --eval -x --exec", valued: "-r --require -P --project --tsconfig -w --watch -i --ignore --ext", port: "--port",
		work: "compiles TypeScript or watches files", instead: "RUN npx tsc --outDir /app/dist\nENTRYPOINT [\"node\", \"/app/dist/main.js\"]",
	},
	{
		names: "pm2-runtime", source: "https://pm2.keymetrics.io/docs/usage/docker-pm2-nodejs/",
		operand: scriptOperand, valued: "-i --instances -n --name --max-memory-restart --env", port: "--port",
	},
	{
		names: "pm2 forever", sub: "start", source: "https://pm2.keymetrics.io/docs/usage/quick-start/",
		operand: scriptOperand, valued: "-i --instances -n --name --max-memory-restart --env",
		daemonises: true, foreground: []string{"--no-daemon"},
		instead: "ENTRYPOINT [\"pm2-runtime\", \"/app/main.js\"]",
	},
	{
		names: "npm", sub: "start run run-script test exec", early: true, source: "https://docs.npmjs.com/cli/commands/npm-run",
		chdir: "--prefix -C", valued: "-w --workspace", project: "package.json",
	},
	{
		names: "npm", sub: "install i ci", early: true, source: "https://docs.npmjs.com/cli/commands/npm-install",
		chdir: "--prefix -C", project: "package.json", work: "downloads and installs packages",
		instead: "RUN npm ci --omit=dev --prefix /app",
	},
	{
		names: "yarn", sub: "install add", early: true, source: "https://classic.yarnpkg.com/en/docs/cli/install",
		chdir: "--cwd", project: "package.json", work: "downloads and installs packages",
		instead: "RUN yarn --cwd /app install --production --frozen-lockfile",
	},
	{
		names: "yarn", source: "https://classic.yarnpkg.com/en/docs/cli/run",
		chdir: "--cwd", project: "package.json",
	},
	{
		names: "pnpm", sub: "install i add", early: true, source: "https://pnpm.io/cli/install",
		chdir: "-C --dir", project: "package.json", work: "downloads and installs packages",
		instead: "RUN pnpm --dir /app install --prod --frozen-lockfile",
	},
	{
		names: "pnpm", sub: "dlx", source: "https://pnpm.io/cli/dlx",
		operand: commandOperand, valued: "--package", work: "downloads a package",
		instead: "RUN pnpm add --global <package>",
	},
	{
		names: "pnpm", sub: "exec", early: true, source: "https://pnpm.io/cli/exec",
		operand: commandOperand, chdir: "-C --dir", project: "package.json",
	},
	{
		names: "pnpm", source: "https://pnpm.io/cli/run",
		chdir: "-C --dir", valued: "-F --filter", project: "package.json",
	},
	{
		names: "npx", source: "https://docs.npmjs.com/cli/commands/npx",
		operand: commandOperand, chdir: "--prefix", valued: "-p --package", work: "downloads a package", workFlags: "-y --yes -p --package",
		instead: "RUN npm install --global <package>",
	},
	{
		names: "bunx", source: "https://bun.sh/docs/cli/bunx",
		operand: commandOperand, valued: "-p --package", work: "downloads a package",
		instead: "RUN bun add --global <package>",
	},
	{
		names: "bun", sub: "install i add", source: "https://bun.sh/docs/cli/install",
		chdir: "--cwd", project: "package.json", work: "downloads and installs packages",
		instead: "RUN bun install --production --cwd /app",
	},
	{
		names: "bun", sub: "run", source: "https://bun.sh/docs/cli/run",
		operand: scriptOperand, chdir: "--cwd", valued: "-r --preload -c --config --env-file", project: "package.json", port: "--port",
	},
	{
		names: "bun", source: "https://bun.sh/docs/runtime",
		operand: scriptOperand, chdir: "--cwd", inline: "-e --eval", valued: "-r --preload -c --config --env-file", project: "package.json", port: "--port",
		idle: "prints its help",
	},
	{
		names: "deno", sub: "serve", source: "https://docs.deno.com/runtime/reference/cli/serve/",
		operand: scriptOperand, valued: "--host -c --config --import-map", port: "--port", defaultPort: "8000",
	},
	{
		names: "deno", sub: "task", source: "https://docs.deno.com/runtime/reference/cli/task/",
		chdir: "--cwd", valued: "-c --config", project: "deno.json deno.jsonc package.json",
	},
	{
		names: "deno", sub: "run", source: "https://docs.deno.com/runtime/reference/cli/run/",
		operand: scriptOperand, valued: "-c --config --import-map", port: "--port",
	},
	{
		names: "deno", sub: "eval", source: "https://docs.deno.com/runtime/reference/cli/eval/",
	},
	{
		names: "deno", source: "https://docs.deno.com/runtime/reference/cli/repl/",
		operand: scriptOperand, idle: opensPrompt,
	},
	{
		names: "nest", sub: "start", source: "https://docs.nestjs.com/cli/usages#nest-start",
		valued: "-c --config -p --path -b --builder --sourceRoot --entryFile -e --exec", project: "nest-cli.json package.json",
		work: "compiles the project", instead: "RUN npm run build --prefix /app\nENTRYPOINT [\"node\", \"/app/dist/main.js\"]",
	},
	{
		names: "fastify", sub: "start", source: "https://github.com/fastify/fastify-cli#start",
		operand: scriptOperand, valued: "-a --address -s --socket -l --log-level -r --require -i --import -x --prefix -T --plugin-timeout -g --close-grace-delay --body-limit",
		port: "-p --port", portVars: "FASTIFY_PORT PORT", defaultPort: "3000",
	},
	{
		names: "remix-serve react-router-serve", source: "https://remix.run/docs/en/2.16.8/other-api/serve",
		operand: scriptOperand, portVars: "PORT", defaultPort: "3000",
	},
	{
		names: "next", sub: "start dev", source: "https://nextjs.org/docs/app/api-reference/cli/next",
		operand: folderOperand, valued: "-H --hostname --keepAliveTimeout", project: ".next package.json",
		port: "-p --port", portVars: "PORT", defaultPort: "3000",
	},
	{
		names: "next nuxt nuxi vite astro ng nest vue-cli-service react-scripts", sub: "build", source: "https://nextjs.org/docs/app/api-reference/cli/next#next-build-options",
		operand: folderOperand, project: "package.json", work: "builds the project",
		instead: "RUN npm run build --prefix /app",
	},
	{
		names: "nuxt nuxi", sub: "start preview dev", source: "https://nuxt.com/docs/api/commands/preview",
		operand: folderOperand, valued: "-h --host --dotenv", project: ".output package.json",
		port: "-p --port", portVars: "NUXT_PORT NITRO_PORT PORT", defaultPort: "3000",
	},
	{
		names: "vite", sub: "preview", source: "https://vite.dev/config/preview-options",
		operand: folderOperand, valued: "--host --outDir", project: "dist package.json", port: "--port", defaultPort: "4173",
	},
	{
		names: "vite", source: "https://vite.dev/config/server-options",
		operand: folderOperand, valued: "--host", project: "index.html package.json", port: "--port", defaultPort: "5173",
	},
	{
		names: "http-server", source: "https://github.com/http-party/http-server",
		operand: folderOperand, valued: "-a -c -P --proxy", project: ".", port: "-p --port", portVars: "PORT", defaultPort: "8080",
	},
	{
		names: "serve", source: "https://github.com/vercel/serve", common: true,
		operand: folderOperand, valued: "-c --config", project: ".", port: "-p", bind: "-l --listen", portVars: "PORT", defaultPort: "3000",
	},
	{
		names: "react-scripts", sub: "start", source: "https://create-react-app.dev/docs/advanced-configuration/",
		project: "package.json", portVars: "PORT", defaultPort: "3000",
	},
	{
		names: "ng", sub: "serve", source: "https://angular.dev/cli/serve",
		valued: "--host -c --configuration", project: "angular.json", port: "--port", defaultPort: "4200",
	},
	{
		names: "supergateway", source: "https://github.com/supercorp-ai/supergateway",
		valued: "--stdio --sse --streamableHttp --outputTransport --baseUrl --ssePath --messagePath --logLevel --healthEndpoint --header",
		port:   "--port", defaultPort: "8000",
	},

	// Ruby, Perl and PHP.
	{
		names: "ruby jruby", source: "https://docs.ruby-lang.org/en/master/ruby/options_md.html",
		operand: scriptOperand, inline: "-e", valued: "-r -I -E", chdir: "-C", idle: readsInput, port: "--port",
	},
	{
		names: "irb pry", source: "https://docs.ruby-lang.org/en/master/IRB.html",
		idle: opensPrompt,
	},
	{
		names: "rails", sub: "server s", source: "https://guides.rubyonrails.org/command_line.html#bin-rails-server",
		valued: "-b --binding -e --environment -u --using -P --pid -c --config", project: "config.ru",
		port: "-p --port", portVars: "PORT", defaultPort: "3000", daemon: []string{"-d", "--daemon"},
	},
	{
		names: "thrust", source: "https://github.com/basecamp/thruster#custom-configuration",
		portVars: "HTTP_PORT THRUSTER_HTTP_PORT", defaultPort: "80",
	},
	{
		names: "passenger", sub: "start", source: "https://www.phusionpassenger.com/docs/references/config_reference/standalone/",
		operand: folderOperand, valued: "-a --address -e --environment -R --rackup --app-type --startup-file --log-file --pid-file --max-pool-size", project: "config.ru",
		port: "-p --port", configured: true, daemon: []string{"-d", "--daemonize"},
	},
	{
		names: "puma", source: "https://github.com/puma/puma",
		valued: "-e --environment -t --threads -w --workers --pidfile -S --state --tag", chdir: "--dir", project: "config.ru",
		port: "-p --port", bind: "-b --bind", config: "-C --config", configured: true, daemon: []string{"-d", "--daemon"},
	},
	{
		names: "rackup", source: "https://github.com/rack/rackup",
		operand: scriptOperand, valued: "-o --host -s --server -E --env -P --pid -r --require -I --include", project: "config.ru",
		port: "-p --port", defaultPort: "9292", daemon: []string{"-D", "--daemonize"},
	},
	{
		names: "unicorn", source: "https://yhbt.net/unicorn/unicorn_1.html",
		operand: scriptOperand, valued: "-E --env -o --host", project: "config.ru",
		port: "-p --port", bind: "-l --listen", config: "-c --config-file", defaultPort: "8080", daemon: []string{"-D", "--daemonize"},
	},
	{
		names: "thin", sub: "start", source: "https://github.com/macournoyer/thin",
		valued: "-a --address -R --rackup -e --environment", chdir: "-c --chdir", project: "config.ru",
		port: "-p --port", config: "-C --config", defaultPort: "3000", daemon: []string{"-d", "--daemonize"},
	},
	{
		names: "bundle", sub: "exec", source: "https://bundler.io/man/bundle-exec.1.html",
		operand: commandOperand, root: "--gemfile", rootKey: "Gemfile", project: "Gemfile",
	},
	{
		names: "bundle composer", sub: "install", source: "https://bundler.io/man/bundle-install.1.html",
		work:    "downloads and installs packages",
		instead: "RUN bundle install",
	},
	{
		names: "perl", source: "https://perldoc.perl.org/perlrun",
		operand: scriptOperand, inline: "-e -E", valued: "-I -M", idle: readsInput, port: "--port",
	},
	{
		names: "plackup starman", source: "https://metacpan.org/dist/Plack/view/script/plackup",
		operand: scriptOperand, valued: "-s --server -E --env -I -M -o --host --workers", project: "app.psgi",
		port: "-p --port", bind: "-l --listen", defaultPort: "5000", daemon: []string{"-D", "--daemonize"},
	},
	{
		names: "hypnotoad", source: "https://docs.mojolicious.org/hypnotoad",
		operand: scriptOperand, daemonises: true, foreground: []string{"-f", "--foreground"}, configured: true,
		instead: "ENTRYPOINT [\"hypnotoad\", \"-f\", \"/app/main.pl\"]",
	},
	{
		names: "php", source: "https://www.php.net/manual/en/features.commandline.options.php",
		operand: scriptOperand, inline: "-r --run -B -R", valued: "-c -d -t --docroot -z", script: "-f --file", bind: "-S --server",
		idle: readsInput, port: "--port",
	},
	{
		names: "artisan", sub: "serve", source: "https://github.com/laravel/framework/blob/master/src/Illuminate/Foundation/Console/ServeCommand.php",
		valued: "--host --tries", port: "--port", portVars: "SERVER_PORT", defaultPort: "8000",
	},
	{
		names: "artisan", sub: "octane:start", source: "https://laravel.com/docs/octane",
		valued: "--host --server --workers --task-workers --max-requests --rpc-port --admin-port", port: "--port", defaultPort: "8000",
	},
	{
		names: "php-fpm", source: "https://www.php.net/manual/en/install.fpm.configuration.php",
		valued: "-p --prefix -g --pid -d", config: "-y --fpm-config -c --php-ini", configured: true,
		daemon: []string{"-D", "--daemonize"}, daemonises: true, foreground: []string{"-F", "--nodaemonize"}, foreConfig: true,
	},

	// Java and .NET.
	{
		names: "java", source: "https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html",
		operand: classOperand, script: "-jar", search: "-cp -classpath --class-path", paths: "CLASSPATH",
		valued: "-m --module -p --module-path --upgrade-module-path --add-modules --add-exports --add-opens --add-reads --limit-modules --patch-module",
		port:   "-Dserver.port --server.port -Dquarkus.http.port -Dmicronaut.server.port", expands: true,
		portVars: "SERVER_PORT QUARKUS_HTTP_PORT MICRONAUT_SERVER_PORT",
	},
	{
		names: "jshell", source: "https://docs.oracle.com/en/java/javase/21/docs/specs/man/jshell.html",
		operand: scriptOperand, valued: "--class-path --module-path --startup --feedback", idle: opensPrompt,
	},
	{
		names: "catalina.sh", sub: "run", source: "https://tomcat.apache.org/tomcat-10.1-doc/RUNNING.txt",
		configured: true,
	},
	{
		names: "catalina.sh startup.sh", source: "https://tomcat.apache.org/tomcat-10.1-doc/RUNNING.txt",
		configured: true, daemonises: true,
		instead: "ENTRYPOINT [\"/usr/local/tomcat/bin/catalina.sh\", \"run\"]",
	},
	{
		names: "mvn mvnw gradle gradlew sbt", source: "https://maven.apache.org/run.html",
		root: "-f --file -p --project-dir", project: "pom.xml build.gradle build.gradle.kts build.sbt", work: "builds the project",
		instead: "RUN mvn -f /app/pom.xml package\nENTRYPOINT [\"java\", \"-jar\", \"/app/target/service.jar\"]",
	},
	{
		names: "dotnet", sub: "run watch", source: "https://learn.microsoft.com/en-us/dotnet/core/tools/dotnet-run",
		root: "--project", valued: "-c --configuration -f --framework -r --runtime --launch-profile", project: ".",
		bind: "--urls", bindVars: "ASPNETCORE_URLS DOTNET_URLS URLS", portVars: "ASPNETCORE_HTTP_PORTS DOTNET_HTTP_PORTS HTTP_PORTS",
		work:    "compiles the project",
		instead: "RUN dotnet publish -c Release -o /app\nENTRYPOINT [\"dotnet\", \"/app/service.dll\"]",
	},
	{
		names: "dotnet", sub: "build restore publish", source: "https://learn.microsoft.com/en-us/dotnet/core/tools/dotnet-build",
		work:    "compiles the project",
		instead: "RUN dotnet publish -c Release -o /app/out\nENTRYPOINT [\"dotnet\", \"/app/out/service.dll\"]",
	},
	{
		names: "dotnet", source: "https://learn.microsoft.com/en-us/aspnet/core/fundamentals/servers/kestrel/endpoints",
		operand: scriptOperand, valued: "--additionalprobingpath --additional-deps --depsfile --fx-version --roll-forward --runtimeconfig",
		bind: "--urls", bindVars: "ASPNETCORE_URLS DOTNET_URLS URLS", portVars: "ASPNETCORE_HTTP_PORTS DOTNET_HTTP_PORTS HTTP_PORTS",
	},

	// Servers and tools of no single language.
	{
		names: "nginx openresty", source: "https://nginx.org/en/docs/switches.html",
		valued: "-g -p -e", config: "-c", configured: true, daemonises: true, foreground: []string{"daemon off;"}, foreConfig: true,
	},
	{
		names: "httpd apache2 apachectl apache2ctl", source: "https://httpd.apache.org/docs/2.4/programs/httpd.html",
		valued: "-C -k -d -D -e -E", config: "-f", configured: true,
		daemonises: true, foreground: []string{
			"-DFOREGROUND", "-D FOREGROUND", "-DNO_DETACH", "-D NO_DETACH", "-X",
			"-f -p", "-f -h", "-f -v", // busybox's httpd, https://www.busybox.net/downloads/BusyBox.html: here -f takes no value
		},
		instead: "ENTRYPOINT [\"apachectl\", \"-D\", \"FOREGROUND\"]",
	},
	{
		names: "lighttpd", source: "https://manpages.debian.org/stable/lighttpd/lighttpd.8.en.html",
		config: "-f", configured: true, daemonises: true, foreground: []string{"-D"},
		instead: "ENTRYPOINT [\"lighttpd\", \"-D\", \"-f\", \"/etc/lighttpd/lighttpd.conf\"]",
	},
	{
		names: "caddy", sub: "run", source: "https://caddyserver.com/docs/command-line#caddy-run",
		config: "-c --config", configured: true, project: "Caddyfile", root: "-c --config", rootKey: "Caddyfile",
	},
	{
		names: "caddy", sub: "start", source: "https://caddyserver.com/docs/command-line#caddy-start",
		config: "-c --config", configured: true, project: "Caddyfile", root: "-c --config", rootKey: "Caddyfile", daemonises: true,
		instead: "ENTRYPOINT [\"caddy\", \"run\", \"--config\", \"/etc/caddy/Caddyfile\"]",
	},
	{
		names: "caddy", sub: "file-server respond", source: "https://caddyserver.com/docs/command-line#caddy-file-server",
		valued: "--domain --root -r", bind: "--listen -l",
	},
	{
		names: "supervisord", source: "https://supervisord.org/running.html",
		config: "-c --configuration", configured: true, daemonises: true, foreground: []string{"-n", "--nodaemon"}, foreConfig: true, expands: true,
	},
	{
		names: "redis-server valkey-server", source: "https://redis.io/docs/latest/operate/oss_and_stack/management/config/",
		daemon: []string{"--daemonize yes"},
	},
	{
		names: "start-stop-daemon", source: "https://man7.org/linux/man-pages/man8/start-stop-daemon.8.html",
		daemon: []string{"-b", "--background"},
	},
	{
		names: "service systemctl rc-service", source: "https://man7.org/linux/man-pages/man1/systemctl.1.html",
		daemonises: true,
		instead:    "ENTRYPOINT [\"/usr/sbin/<server>\"]",
	},
	{
		names: "go", sub: "run build", source: "https://pkg.go.dev/cmd/go",
		operand: folderOperand, chdir: "-C", project: "go.mod", work: "compiles the project",
		instead: "RUN go build -o /app/server .\nENTRYPOINT [\"/app/server\"]",
	},
	{
		names: "cargo", sub: "run build", source: "https://doc.rust-lang.org/cargo/commands/cargo-run.html",
		root: "--manifest-path", rootKey: "Cargo.toml", project: "Cargo.toml", work: "compiles the project",
		instead: "RUN cargo install --path . --root /app\nENTRYPOINT [\"/app/bin/server\"]",
	},
	{
		names: "apt-get apt apk dnf yum microdnf", sub: "install add update", source: "https://man7.org/linux/man-pages/man8/apt-get.8.html",
		work:    "downloads and installs packages",
		instead: "RUN apt-get update && apt-get install -y <packages>",
	},
	{
		names: "git", sub: "clone pull fetch", source: "https://git-scm.com/docs/git-clone",
		chdir: "-C", work: "downloads the code",
		instead: "COPY . /app",
	},
	{
		names: "envsubst dockerize gomplate", source: "https://www.gnu.org/software/gettext/manual/html_node/envsubst-Invocation.html",
		expands: true,
	},
}
