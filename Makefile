# The two commands are `make demo` and `make test`; the rest are their parts.
CARGO ?= cargo
DATA ?= data/demo
LISTEN ?= 127.0.0.1:8080
ifneq ($(shell command -v cargo-nextest 2>/dev/null),)
RUN_TESTS = $(CARGO) nextest run --locked --workspace --no-fail-fast
else
RUN_TESTS = $(CARGO) test --locked --workspace --no-fail-fast
endif

.PHONY: demo build test lint unit doc browser api test-api bench assets sqlx clean

## Build and run the demo: five calls and a season in them, on SQLite and local files.
demo: build
	@exec $$($(CARGO) metadata --format-version 1 --no-deps --locked | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/jiebang \
	  demo --data $(DATA) --listen $(LISTEN)

build:
	@scripts/setup.sh demo
	$(CARGO) build --locked --workspace

## All tests.
test:
	@scripts/setup.sh test
	$(MAKE) build
	$(MAKE) lint
	$(MAKE) unit
	$(MAKE) api
	$(MAKE) browser

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) run --locked -q -p xtask -- tidy

## The tests over HTTP run on SQLite and on PostgreSQL; those of the store on PostgreSQL need its server as well.
unit:
	$(RUN_TESTS) --exclude jiebang-testkit --exclude jiebang-store-postgres
	scripts/with-postgres.sh $(RUN_TESTS) --test tables
	scripts/test-http.sh
	node --test tests/character_count.test.mjs

browser:
	npm --prefix tests/e2e ci --no-audit --no-fund --silent
	scripts/with-postgres.sh node --test tests/e2e/browser.test.mjs

## The API against its own description: a few examples for each operation, or many.
api:
	@$(MAKE) --no-print-directory test-api EXAMPLES=20

test-api: EXAMPLES ?= 300
test-api:
	@scripts/setup.sh test
	$(MAKE) build
	@$$(scripts/api-python.sh) tests/api/check.py --examples $(EXAMPLES) \
	  --binary $$($(CARGO) metadata --format-version 1 --no-deps --locked | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/jiebang

## Figures of speed and memory; those over HTTP are of the release binary, on SQLite and on PostgreSQL.
bench:
	$(CARGO) build --locked --release --bin jiebang
	$(CARGO) bench --locked -p jiebang-callfile --bench read
	$(CARGO) bench --locked -p jiebang-cases --bench findings
	$(CARGO) bench --locked -p jiebang-store-sqlite --bench acts
	$(CARGO) bench --locked -p jiebang-server --bench verify
	for bench in load desk mixed; do \
	  $(CARGO) bench --locked -p jiebang-server --bench $$bench && \
	  JIEBANG_TEST_FSYNC=on scripts/with-postgres.sh $(CARGO) bench --locked -p jiebang-server --bench $$bench || exit 1; \
	done

## Rebuild style sheet and icons to the same bytes.
assets:
	npm --prefix assets ci --no-audit --no-fund
	node assets/build.mjs

clean:
	rm -rf data/demo
