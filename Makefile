# `make dev` and `make test` do all the set-up there is: Debian packages, npm packages, cJSON's source.
# `make help` lists the targets.

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

GOALS := $(or $(MAKECMDGOALS),$(.DEFAULT_GOAL))
# All complaints at once.
ifneq ($(filter lint%,$(GOALS)),)
MAKEFLAGS += --keep-going
endif

## What a user may swap

# For native programs; the sanitizers and libFuzzer are clang's. (Not ?=, since make itself presets it to cc.)
CC = clang
CLANG_FORMAT ?= clang-format
CLANG_TIDY ?= clang-tidy
WASM_OPT ?= wasm-opt
# A wasi-sdk to compile wasm with, where Debian's clang and wasi-libc are not wanted or not to be had.
WASI_SDK_PATH ?=
# A directory with cJSON.c and cJSON.h to compile, instead of the pinned source package.
CJSON_DIR ?=
# The licences of the libc that is linked into the wasm, to ship with it. A wasi-sdk keeps them elsewhere.
WASI_LIBC_NOTICE ?= /usr/share/doc/wasi-libc/copyright
DEV_PORT ?= 8787
# Whether `make dev` has a page at `/`: on or off.
PAGE ?= on
# The browser of the page's tests.
CHROMIUM ?= /usr/bin/chromium
# How long `make fuzz` runs each target, and how many inputs `make test` gives it.
FUZZ_SECONDS ?= 60
FUZZ_RUNS ?= 20000
# Of `make mutation`: how many mutants it tries (0: all), which ones, and of which sources.
SAMPLE ?= 800
SEED ?= 1
MUTATE ?= %
# How long `make load` goes on, and how many conversations it has at once.
SECONDS ?= 600
CONVERSATIONS ?= 50
# Where warnings of another compiler version stand in the way: make WERROR=
WERROR ?= -Werror

## What defines the build

ifeq ($(WASI_SDK_PATH),)
WASM_CC := clang
WASM_TARGET_FLAGS := --target=wasm32-wasi
else
WASM_CC := $(WASI_SDK_PATH)/bin/clang
WASI_SYSROOT := $(WASI_SDK_PATH)/share/wasi-sysroot
# Newer sysroots call the target by its full name, wasm32-wasip1.
WASM_TARGET_FLAGS := --target=$(if $(wildcard $(WASI_SYSROOT)/lib/wasm32-wasip1),wasm32-wasip1,wasm32-wasi) \
  --sysroot=$(WASI_SYSROOT)
endif

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith \
  -Wimplicit-fallthrough -Wno-missing-field-initializers $(WERROR)
# cJSON reads only what the store wrote and callers' options, which are shallow; its parser recurses, so its limit is
# what keeps it on the stack below. Its headers come with -isystem: their warnings are not ours.
DEFINES := -DCJSON_NESTING_LIMIT=64 -D_POSIX_C_SOURCE=200809L
# What cJSON calls instead of libc: wasm/src/base/tree_libc.c says why.
CJSON_DEFINES := $(foreach name,strtod sprintf sscanf malloc free realloc,-D$(name)=mk_cjson_$(name))
COMMON := -std=c11 $(DEFINES) -Iwasm/src -isystem build/cjson -MMD -MP

# The instructions are named rather than left to the compiler's version. V8 has had all of them for years, and
# binaryen 108 knows them; bulk memory makes memcpy one instruction.
WASM_FEATURES := -mbulk-memory -msign-ext -mnontrapping-fptoint -mmutable-globals
# (Flattened, with its loops and ifs found anew, a module shrinks once more: by 0.6 %. Functions in the order of
# their calls (--reorder-functions) take 0.5 % less, but gzipped 0.2 % more. No object lies below address 1,024
# but the last of a stack that is nearly used up, and none at the end of the address space: so a constant that is added
# to an address may become the offset of its load or store, which is 3 %.)
WASM_OPT_FLAGS := --low-memory-unused -Oz --converge --flatten --rereloop -Oz --flatten --rereloop -Oz -Oz \
  --enable-bulk-memory --enable-sign-ext --enable-nontrapping-float-to-int \
  --enable-mutable-globals --strip-debug --strip-producers --strip-target-features
# The other build of the same module: what may lead to the import kv.wait can leave halfway and be entered again.
# (Not with --converge, which would weave it in once more with every round.)
ASYNCIFY_FLAGS := --asyncify --pass-arg=asyncify-imports@kv.wait
# Small before fast: KV takes the time, and every Worker loads the module. Even -Oz inlines functions that are called
# twice; a negative threshold leaves only what makes the caller smaller, while compiling and once more while linking.
WASM_CFLAGS := $(WASM_TARGET_FLAGS) -Oz -flto $(WASM_FEATURES)
WASM_INLINING := -mllvm -inline-threshold=-20
# The stack lies below the data: one that overflows runs into address 0 and traps, where the default order would let
# it overwrite globals (tests/budget/instance.test.js shows both). 16 KiB is plenty: no operation uses half of it.
# Stack, data and a first arena fit into one page of 64 KiB, with which an instance begins. Undefined symbols stay link
# errors, since every import and export carries its name as an attribute in the source.
WASM_STACK_BYTES := 16384
# What makes loops and branches faster, and longer, is left out.
WASM_LTO := -inline-threshold=-100 -disable-lsr -enable-pre=false
WASM_LDFLAGS := -mexec-model=reactor -Wl,--stack-first -Wl,-z,stack-size=$(WASM_STACK_BYTES) -Wl,--strip-debug \
  -Wl,--fatal-warnings $(WASM_LTO:%=-Wl,-mllvm,%)

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
NATIVE_CFLAGS := -O1 -g -fno-omit-frame-pointer $(SANITIZE)
FUZZ_CFLAGS := $(NATIVE_CFLAGS) -fsanitize=fuzzer-no-link
# Without sanitizers, whose branches would count; the engine is one library that all tests share, so that llvm-cov reads
# one object.
COVERAGE_CFLAGS := -O1 -g -fPIC
COVERAGE_ENGINE_CFLAGS := -fprofile-instr-generate -fcoverage-mapping

## Sources

# Looking after the data is not in store.wasm, which every Worker loads, but in store.asyncify.wasm: these.
CARE := $(sort $(wildcard wasm/src/care/*.c))
NO_CARE := wasm/src/engine/no_care.c
# In the order of layers, and so linked: functions that are alike then lie near each other, where gzip finds them (0.6 %).
LAYERS := base host kv record message thread resource workflow score task thread_state observation engine
ENGINE := $(foreach layer,$(LAYERS),$(sort $(wildcard wasm/src/$(layer)/*.c)))
$(if $(filter-out $(ENGINE) $(CARE),$(wildcard wasm/src/*/*.c)),$(error LAYERS lacks a folder of wasm/src))
# These speak to the wasm host; a native program brings its own KV (tests/native/kv_memory.c).
ENGINE_WASM_ONLY := wasm/src/engine/abi.c $(wildcard wasm/src/*/*_wasm.c)
ENGINE_PORTABLE := $(filter-out $(ENGINE_WASM_ONLY) $(NO_CARE),$(ENGINE) $(CARE))
NATIVE_ALL := $(sort $(wildcard tests/native/*.c))
NATIVE_TESTS := $(filter tests/native/test_%.c,$(NATIVE_ALL))
NATIVE_FUZZ := $(filter tests/native/fuzz_%.c,$(NATIVE_ALL))
NATIVE_SUPPORT := $(filter-out $(NATIVE_TESTS) $(NATIVE_FUZZ),$(NATIVE_ALL))
HEADERS := $(sort $(wildcard wasm/src/*/*.h tests/native/*.h))

CJSON := build/cjson/cJSON.c

# The engine waits for KV by JSPI, or by Asyncify where that is missing (js-shim/engine/suspend.js). The second build runs
# everywhere, so it has data care as well: two modules to ship instead of four.
MODULES := build/store.wasm build/store.asyncify.wasm

WASM_OBJECTS := $(CJSON:%.c=build/wasm/%.o) $(ENGINE:%.c=build/wasm/%.o)
CARE_OBJECTS := $(patsubst %.c,build/wasm/%.o,$(filter-out $(NO_CARE),$(ENGINE)) $(CARE) $(CJSON))
NATIVE_OBJECTS := $(patsubst %.c,build/native/%.o,$(ENGINE_PORTABLE) $(NATIVE_SUPPORT) $(CJSON))
NATIVE_PROGRAMS := $(NATIVE_TESTS:tests/native/%.c=build/native/%)
FUZZ_OBJECTS := $(patsubst %.c,build/fuzz/%.o,$(ENGINE_PORTABLE) $(NATIVE_SUPPORT) $(CJSON))
FUZZ_PROGRAMS := $(NATIVE_FUZZ:tests/native/%.c=build/fuzz/%)
COVERAGE_ENGINE := $(patsubst %.c,build/coverage/%.o,$(ENGINE_PORTABLE))
COVERAGE_SUPPORT := $(patsubst %.c,build/coverage/%.o,$(NATIVE_SUPPORT) $(CJSON))
COVERAGE_PROGRAMS := $(patsubst tests/native/%.c,build/coverage/%,$(NATIVE_TESTS) $(NATIVE_FUZZ))

TARBALL := build/package/mastra-kv-wasm.tgz
CONSUMER := build/consumer/node_modules/.package-lock.json
# Other runtimes and versions of Mastra that the package is tried with.
VERSIONS := tests/versions/node_modules/.package-lock.json
PACKAGE_FILES := $(MODULES) build/types/index.d.ts build/THIRD-PARTY-NOTICES package.json LICENSE \
  $(wildcard *.md docs/*.md js-shim/*.js $(foreach part,care cli cli/commands engine kv kv/rest mastra store,js-shim/$(part)/*.js))

# npm runs with the machine's Node; everything else with the pinned one, which comes first on the path.
NPM_STAMP := node_modules/.package-lock.json
NODE_PATH_ENV := PATH="$(CURDIR)/node_modules/.bin:$$PATH"

# What the tests of some folders begin with; JS_TESTS may name tests that need neither.
needed_by = $(if $(JS_TESTS),$(if $(findstring $1,$(JS_TESTS)),$2),$2)
JS_NEEDS := $(foreach folder,/package /examples /versions,$(call needed_by,$(folder),$(CONSUMER))) \
  $(call needed_by,/versions,$(VERSIONS))

RUN_TESTS = $(NODE_PATH_ENV) CHROMIUM='$(CHROMIUM)' node tests/run.js --fuzz-runs=$(FUZZ_RUNS)

## Targets

.PHONY: build test test-native test-js coverage mutation mutants lint fmt bench bench-workerd load dev screenshots fuzz fuzz-merge types notices package abi clean help

build: $(MODULES) ## compile the engine, and with data care; each also with Asyncify for runtimes without JSPI

test: $(MODULES) $(CONSUMER) $(VERSIONS) $(NATIVE_PROGRAMS) $(FUZZ_PROGRAMS) $(NPM_STAMP) ## run all tests; the last line sums them up
	@$(RUN_TESTS) $(NATIVE_PROGRAMS) $(FUZZ_PROGRAMS) 'tests/**/*.test.js' --again='without-jspi:tests/contract/*.test.js' \
	  --again='oldest-core:tests/contract/!(*-reference|*-exactness).test.js'

test-native: $(NATIVE_PROGRAMS) $(FUZZ_PROGRAMS) $(NPM_STAMP) ## run the C tests only
	@$(RUN_TESTS) $(NATIVE_PROGRAMS) $(FUZZ_PROGRAMS)

test-js: $(MODULES) $(JS_NEEDS) $(NPM_STAMP) ## run the JavaScript tests only, or those of JS_TESTS='file or glob'
	@$(RUN_TESTS) $(foreach tests,$(or $(JS_TESTS),tests/**/*.test.js),'$(tests)')

coverage: build/coverage/libengine.so $(COVERAGE_PROGRAMS) $(NPM_STAMP) ## what of the C core its native tests run, a folder a line; the rest in build/coverage/uncovered.txt
	@$(NODE_PATH_ENV) node tests/coverage/report.js build/coverage $(notdir $(COVERAGE_PROGRAMS))

# (The programs are those of coverage, since they take the engine as a library: here it is one of mutants.)
mutation: $(COVERAGE_PROGRAMS) $(NPM_STAMP) ## change the C core in SAMPLE small ways (0: all) and see that a native test notices; -j runs some at once
	@$(NODE_PATH_ENV) node tests/mutation/run.js --sample=$(SAMPLE) --seed=$(SEED) \
	  --jobs=$(or $(patsubst -j%,%,$(filter -j%,$(MAKEFLAGS))),1) --cc='$(CC)' --programs='$(COVERAGE_PROGRAMS)' \
	  --flags='$(filter-out -MMD -MP,$(COMMON)) $(COVERAGE_CFLAGS)' --support='$(COVERAGE_SUPPORT)' \
	  --mutate='$(filter $(MUTATE),$(ENGINE_PORTABLE))' $(ENGINE_PORTABLE)

# (What is linked is not shrunk, which takes longest: the histories ask what it does, not how large it is.)
mutants: $(MODULES) $(NPM_STAMP) ## build each mutant of the engine, and run histories until one notices; ONLY='name …', SEEDS=2000
	@$(NODE_PATH_ENV) node tests/mutants/run.js --cc='$(WASM_CC)' --objects='$(WASM_OBJECTS)' \
	  --cflags='$(filter-out -MMD -MP,$(COMMON)) $(WASM_CFLAGS) $(WASM_INLINING) -w' --ldflags='$(WASM_CFLAGS) $(WASM_LDFLAGS)' \
	  $(if $(SEEDS),--seeds=$(SEEDS)) --only='$(ONLY)'

fuzz: $(FUZZ_PROGRAMS) ## fuzz each target for FUZZ_SECONDS, with a corpus in build/fuzz/corpus
	@set -e; for program in $(FUZZ_PROGRAMS); do \
	  corpus=build/fuzz/corpus/$${program##*/}; mkdir -p $$corpus; \
	  seeds=tests/native/corpus/$${program##*/}; words=tests/native/$${program##*/}.dict; \
	  $$program -max_total_time=$(FUZZ_SECONDS) -timeout=20 -artifact_prefix=build/fuzz/ -print_final_stats=1 \
	    $$(test -f $$words && echo -dict=$$words) $$corpus $$(test -d $$seeds && echo $$seeds); \
	done

fuzz-merge: $(FUZZ_PROGRAMS) $(NPM_STAMP) ## keep in tests/native/corpus the inputs of build/fuzz/corpus that reach the most
	@for program in $(FUZZ_PROGRAMS); do mkdir -p build/fuzz/corpus/$${program##*/}; \
	  $(NODE_PATH_ENV) node tests/native/choose-corpus.js $$program build/fuzz/corpus/$${program##*/} || exit 1; done

soak: $(MODULES) $(NPM_STAMP) ## run histories for SECONDS, or until one fails; SEED=n one, SEEDS=n so many, FIRST=n from there, KEEP_GOING=1 behind failures, JOBS=n
	@$(NODE_PATH_ENV) node tests/histories/soak.js $(if $(SECONDS),--seconds=$(SECONDS)) $(if $(SEEDS),--seeds=$(SEEDS)) \
	  $(if $(FIRST),--first=$(FIRST)) $(if $(KEEP_GOING),--keep-going --no-shrink) $(if $(JOBS),--jobs=$(JOBS))

bench: $(MODULES) $(NPM_STAMP) ## measure calls, rounds, memory, size and CPU; also to build/bench.json
	@$(NODE_PATH_ENV) node bench/run.js

bench-workerd: $(MODULES) $(NPM_STAMP) ## measure CPU, memory and cold start in workerd; also to build/bench-workerd.json
	@$(NODE_PATH_ENV) node bench/workerd.js

load: $(MODULES) $(NPM_STAMP) ## CONVERSATIONS at once in workerd for SECONDS, with requests cancelled: is anything lost?
	@$(NODE_PATH_ENV) node tests/load/run.js --seconds=$(SECONDS) --conversations=$(CONVERSATIONS)

dev: $(MODULES) $(NPM_STAMP) ## serve the demo on http://localhost:8787 (DEV_PORT), data kept in .wrangler/state
	@$(NODE_PATH_ENV) WRANGLER_SEND_METRICS=false CLOUDFLARE_CF_FETCH_ENABLED=false \
	  exec wrangler dev --port $(DEV_PORT) --var PAGE:$(PAGE) --persist-to .wrangler/state

screenshots: $(MODULES) $(NPM_STAMP) ## render docs/images with Chromium
	@$(NODE_PATH_ENV) CHROMIUM='$(CHROMIUM)' node tests/browser/screenshots.js

types: build/types/index.d.ts ## make the type declarations that the npm package ships

build/types/index.d.ts: $(shell find js-shim -name "*.[jt]s") js-shim/tsconfig.types.json tsconfig.json $(NPM_STAMP)
	@rm -rf $(@D)
	@$(NODE_PATH_ENV) tsc --project js-shim/tsconfig.types.json
	@$(NODE_PATH_ENV) node wasm/tools/prune-types.js $(@D)/index.d.ts $$(ls $(@D)/*.d.ts)
	@touch $@

notices: build/THIRD-PARTY-NOTICES ## gather the licences of what is linked into the wasm

build/THIRD-PARTY-NOTICES: wasm/tools/notices.sh $(CJSON)
	@wasm/tools/notices.sh build/cjson/LICENSE '$(WASI_LIBC_NOTICE)' > $@

package: $(TARBALL) ## make the npm package, build/package/mastra-kv-wasm.tgz

$(TARBALL): $(PACKAGE_FILES) wasm/tools/stage-package.js
	@mkdir -p $(@D)
	@npm pack --silent --ignore-scripts --dry-run --json > $(@D)/list.json
	@$(NODE_PATH_ENV) node wasm/tools/stage-package.js $(@D)/list.json $(@D)/stage
	@cd $(@D)/stage && npm pack --silent --ignore-scripts --pack-destination .. > ../name
	@mv "$(@D)/$$(cat $(@D)/name)" $@

# What a user has after `npm install mastra-kv-wasm`: the tests of the package begin there.
$(CONSUMER): $(TARBALL)
	@rm -rf build/consumer && mkdir -p build/consumer
	@echo '{ "name": "consumer", "private": true, "type": "module" }' > build/consumer/package.json
	@cd build/consumer && npm install --prefer-offline --no-audit --no-fund --no-update-notifier --loglevel=error ../../$(TARBALL)
	@touch $@

$(VERSIONS): tests/versions/package-lock.json
	@cd $(<D) && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

abi: build/store.wasm $(NPM_STAMP) ## rewrite wasm/abi.txt, the reviewed imports and exports, from the built module
	@$(NODE_PATH_ENV) node --experimental-wasm-type-reflection wasm/tools/abi.js build/store.wasm > build/abi.txt
	@mv build/abi.txt wasm/abi.txt

clean: ## remove build/ (not node_modules, not the data of make dev)
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

## Set-up: each step leaves a stamp and is not done again

SETUP_ENV := GOALS='$(GOALS)' WASI_SDK_PATH='$(WASI_SDK_PATH)' CC='$(CC)' WASM_CC='$(WASM_CC)' WASM_OPT='$(WASM_OPT)' \
  WASM_TARGET_FLAGS='$(WASM_TARGET_FLAGS)' CLANG_FORMAT='$(CLANG_FORMAT)' CLANG_TIDY='$(CLANG_TIDY)' CHROMIUM='$(CHROMIUM)'

# What linting needs includes what testing needs, and that what building needs; one call looks for all of it.
SETUP_PURPOSES := $(if $(filter lint% fmt,$(GOALS)),build test lint,$(if $(filter coverage mutation,$(GOALS)),coverage,$(if \
  $(filter test test-native fuzz fuzz-merge screenshots build/native/% build/fuzz/%,$(GOALS)),build test,build)))
SETUP := build/setup/$(lastword $(SETUP_PURPOSES))

build/setup/%: wasm/tools/install-packages.sh
	@$(SETUP_ENV) wasm/tools/install-packages.sh $*
	@mkdir -p $(@D) && touch $(SETUP_PURPOSES:%=build/setup/%)

# What npm itself writes at the end of an installation is the stamp.
$(NPM_STAMP): package-lock.json
	@echo "Installing npm packages ..."
	@npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

$(CJSON): wasm/tools/fetch-cjson.sh wasm/tools/cjson.pins $(if $(CJSON_DIR),$(CJSON_DIR)/cJSON.c) | $(SETUP)
	@CJSON_DIR='$(CJSON_DIR)' wasm/tools/fetch-cjson.sh $(@D)
build/cjson/cJSON.h: $(CJSON) ;

## Compiling

# Objects depend on the command that makes them, and modules and programs on the list of their objects: files that are
# written when their text changes. That is done while make reads this file, so that nothing to do stays nothing to do.
remember = $(shell mkdir -p $(dir $1); printf '%s\n' '$2' | cmp -s - $1 || printf '%s\n' '$2' > $1)
ifneq ($(filter-out help clean,$(GOALS)),)
$(call remember,build/wasm/command,$(WASM_CC) $(COMMON) $(CJSON_DEFINES) $(WARNINGS) $(WASM_CFLAGS) $(WASM_INLINING))
$(call remember,build/wasm/link,$(MODULES) $(WASM_LDFLAGS) $(WASM_OPT) $(WASM_OPT_FLAGS) $(ASYNCIFY_FLAGS) $(WASM_OBJECTS) $(CARE_OBJECTS))
$(call remember,build/native/command,$(CC) $(COMMON) $(CJSON_DEFINES) $(WARNINGS) $(NATIVE_CFLAGS))
$(call remember,build/native/link,$(NATIVE_OBJECTS))
$(call remember,build/fuzz/command,$(CC) $(COMMON) $(CJSON_DEFINES) $(WARNINGS) $(FUZZ_CFLAGS) $(NATIVE_SUPPORT))
$(call remember,build/fuzz/link,$(FUZZ_OBJECTS))
$(call remember,build/coverage/command,$(CC) $(COMMON) $(CJSON_DEFINES) $(COVERAGE_CFLAGS) $(COVERAGE_ENGINE_CFLAGS))
$(call remember,build/coverage/link,$(COVERAGE_ENGINE) $(COVERAGE_SUPPORT))
endif

$(sort $(WASM_OBJECTS) $(CARE_OBJECTS)): build/wasm/command | $(SETUP) $(CJSON)
$(NATIVE_OBJECTS) $(NATIVE_TESTS:%.c=build/native/%.o): build/native/command | $(SETUP) $(CJSON)
$(FUZZ_OBJECTS) $(NATIVE_FUZZ:%.c=build/fuzz/%.o): build/fuzz/command | $(SETUP) $(CJSON)
COVERAGE_TESTS := $(patsubst %.c,build/coverage/%.o,$(NATIVE_TESTS) $(NATIVE_FUZZ))
$(COVERAGE_ENGINE) $(COVERAGE_SUPPORT) $(COVERAGE_TESTS): build/coverage/command | $(SETUP) $(CJSON)
$(COVERAGE_ENGINE): COVERAGE_CFLAGS += $(COVERAGE_ENGINE_CFLAGS)

# V=1 shows the commands.
Q := $(if $(V),,@)
# cJSON is compiled as it is: our warnings are for our code.
warnings_for = $(if $(filter $(CJSON),$1),-w $(CJSON_DEFINES),$(WARNINGS))

# The coverage that guides a fuzzer is the engine's, not that of the KV around it.
fuzz_flags_for = $(if $(filter $(NATIVE_SUPPORT),$1),$(NATIVE_CFLAGS),$(FUZZ_CFLAGS))

build/wasm/%.o: %.c
	@mkdir -p $(@D)
	@echo "wasm    $<"
	$(Q)$(WASM_CC) $(COMMON) $(WASM_CFLAGS) $(WASM_INLINING) $(call warnings_for,$<) -c $< -o $@

build/native/%.o: %.c
	@mkdir -p $(@D)
	@echo "native  $<"
	$(Q)$(CC) $(COMMON) $(NATIVE_CFLAGS) $(call warnings_for,$<) -c $< -o $@

build/fuzz/%.o: %.c
	@mkdir -p $(@D)
	@echo "fuzz    $<"
	$(Q)$(CC) $(COMMON) $(call fuzz_flags_for,$<) $(call warnings_for,$<) -c $< -o $@

build/coverage/%.o: %.c
	@mkdir -p $(@D)
	@echo "coverage $<"
	$(Q)$(CC) $(COMMON) $(COVERAGE_CFLAGS) $(call warnings_for,$<) -c $< -o $@

build/wasm/store.wasm: $(WASM_OBJECTS)
build/wasm/care.wasm: $(CARE_OBJECTS)
build/wasm/store.wasm build/wasm/care.wasm: build/wasm/link
	@echo "link    $@"
	$(Q)$(WASM_CC) $(WASM_CFLAGS) $(WASM_LDFLAGS) $(filter %.o,$^) -o $@

build/store.wasm: build/wasm/store.wasm
	@echo "shrink  $@"
	$(Q)$(WASM_OPT) $(WASM_OPT_FLAGS) $< -o $@

build/store.asyncify.wasm: build/wasm/care.wasm
	@echo "shrink  $@"
	$(Q)$(WASM_OPT) $(WASM_OPT_FLAGS) $< -o build/wasm/care.small.wasm
	$(Q)$(WASM_OPT) $(ASYNCIFY_FLAGS) $(filter-out --converge,$(WASM_OPT_FLAGS)) build/wasm/care.small.wasm -o $@

$(NATIVE_PROGRAMS): build/native/%: build/native/tests/native/%.o $(NATIVE_OBJECTS) build/native/link
	@echo "link    $@"
	$(Q)$(CC) $(NATIVE_CFLAGS) $(filter %.o,$^) -lcmocka -o $@

$(FUZZ_PROGRAMS): build/fuzz/%: build/fuzz/tests/native/%.o $(FUZZ_OBJECTS) build/fuzz/link
	@echo "link    $@"
	$(Q)$(CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer $(filter %.o,$^) -lcmocka -o $@

build/coverage/libengine.so: $(COVERAGE_ENGINE) $(COVERAGE_SUPPORT) build/coverage/link
	@echo "link    $@"
	$(Q)$(CC) $(COVERAGE_ENGINE_CFLAGS) -shared $(filter %.o,$^) -lcmocka -o $@

$(COVERAGE_PROGRAMS): build/coverage/%: build/coverage/tests/native/%.o build/coverage/libengine.so
	@echo "link    $@"
	$(Q)$(CC) $(if $(findstring fuzz_,$@),-fsanitize=fuzzer) $< -Lbuild/coverage -lengine -Wl,-rpath,'$$ORIGIN' -lcmocka -o $@

-include $(shell find build/wasm build/native build/fuzz build/coverage -name '*.d' 2>/dev/null)

## Linting

.PHONY: lint-format-c lint-format-js lint-c lint-types lint-js

C_FILES := $(ENGINE) $(CARE) $(NATIVE_ALL)
TIDY_STAMPS := $(C_FILES:%=build/lint/%.tidy)
JS_DIRS := $(wildcard js-shim tests bench examples wasm/tools eslint.config.js)

lint: lint-format-c lint-format-js lint-c lint-types lint-js ## check formats, C and JavaScript
	@echo "lint: no complaints"

lint-format-c: $(SETUP)
	@status=0; for file in $(C_FILES) $(HEADERS); do \
	  $(CLANG_FORMAT) --dry-run -Werror $$file 2> /dev/null || { echo "$$file is not formatted: make fmt"; status=1; }; \
	done; exit $$status

lint-format-js: $(NPM_STAMP)
	@$(NODE_PATH_ENV) prettier --list-different --no-error-on-unmatched-pattern $(JS_DIRS) || \
	  { echo "The files above are not formatted: make fmt"; exit 1; }

lint-c: $(TIDY_STAMPS)

# Every file on its own, so that they run side by side and only what changed is looked at again.
build/lint/%.tidy: % $(HEADERS) .clang-tidy | $(SETUP) $(CJSON)
	@mkdir -p $(@D)
	@echo "tidy    $<"
	@$(CLANG_TIDY) --quiet $< -- $(filter-out -MMD -MP,$(COMMON)) $(WARNINGS) \
	  $(if $(filter $(ENGINE_WASM_ONLY),$<),$(WASM_TARGET_FLAGS)) 2> $@.log || { cat $@.log; exit 1; }
	@touch $@

lint-types: $(NPM_STAMP)
	@$(NODE_PATH_ENV) tsc --project tsconfig.json
	@$(NODE_PATH_ENV) tsc --project js-shim/worker/tsconfig.page.json

lint-js: $(NPM_STAMP)
	@$(NODE_PATH_ENV) eslint --max-warnings=0 --no-error-on-unmatched-pattern $(JS_DIRS)

fmt: $(SETUP) $(NPM_STAMP) ## format C and JavaScript, and repair what the linter can
	@$(CLANG_FORMAT) -i $(C_FILES) $(HEADERS)
	@$(NODE_PATH_ENV) eslint --fix --no-error-on-unmatched-pattern $(JS_DIRS)
	@$(NODE_PATH_ENV) prettier --write --log-level=warn --no-error-on-unmatched-pattern $(JS_DIRS)
