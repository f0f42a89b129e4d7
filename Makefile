# Where `make install` puts things; DESTDIR is put before it, as packagers expect.
PREFIX ?= /usr/local
DESTDIR ?=
bindir = $(DESTDIR)$(PREFIX)/bin
datadir = $(DESTDIR)$(PREFIX)/share
docdir = $(datadir)/doc/fusfs
man = $(datadir)/man/man1/fusfs.1
completion = $(datadir)/bash-completion/completions/fusfs

SHELL = /bin/sh
SOURCES = Sources Tests Fuzz Package.swift
BINARIES = .build/release/fusfs .build/release/fus-emulator

.PHONY: help build demo test fuzz asan tsan format lint install uninstall peers bench bench-page profile reliability \
  soak clean

help: ## Lists these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Builds .build/release/fusfs and .build/release/fus-emulator, which need no Swift to run.
	@scripts/check-machine.sh build
	@scripts/install-packages.sh build
	swift build -c release --static-swift-stdlib

demo: ## Shows the whole path on this machine: emulator, mount, copy, checks.
	@scripts/check-machine.sh demo
	@scripts/install-packages.sh demo
	@$(MAKE) --no-print-directory build
	@scripts/demo.sh

test: ## Checks the format, builds, and runs every test, real mounts included.
	@scripts/test.sh

fuzz: ## Feeds the parsers with hostile bytes; SECONDS=30 for each, TARGET="tar lz4" for some.
	@scripts/install-packages.sh build
	@scripts/fuzz.sh $(or $(SECONDS),30) $(TARGET)

asan: ## Runs every test with the address sanitizer, in the programs too; TARGET="PrimitivesTests" for some.
	@scripts/sanitize.sh address $(TARGET)

tsan: ## The same with the thread sanitizer.
	@scripts/sanitize.sh thread $(TARGET)

format: ## Formats the Swift sources in place.
	swift format --in-place --parallel --recursive $(SOURCES)

lint: ## Checks the format of the Swift sources and the shell scripts, changing nothing.
	@scripts/lint.sh $(SOURCES)

# Under sudo nothing is built, so that no file of the work tree comes to belong to root.
install: $(if $(SUDO_USER),,build) ## Installs below PREFIX (/usr/local): programs, manual page, examples, documents.
	install -d $(bindir) $(dir $(man)) $(dir $(completion)) $(docdir)/docs $(docdir)/mount-examples
	install -m 755 $(BINARIES) $(bindir)
	.build/release/fusfs --man >$(man)
	.build/release/fusfs --completion bash >$(completion)
	install -m 644 README.md CHANGELOG.md CONTRIBUTING.md LICENSE $(docdir)
	install -m 644 docs/ARCHITECTURE.md docs/MEASUREMENTS.md docs/SECURITY.md docs/SEMANTICS.md $(docdir)/docs
	install -m 644 mount-examples/README.md mount-examples/config.toml mount-examples/fstab \
	  mount-examples/fusfs.service $(docdir)/mount-examples
	install -m 755 mount-examples/*.sh $(docdir)/mount-examples

uninstall: ## Removes what install put below PREFIX.
	rm -f $(bindir)/fusfs $(bindir)/fus-emulator $(man) $(completion)
	rm -rf $(docdir)

peers: build ## Points firmware clients that others wrote at the emulator and compares the bytes.
	@scripts/install-packages.sh peers
	@scripts/peers.sh

bench: ## Measures beside others and writes docs/BENCHMARKS.md; QUICK=1, SCALE=1, SIZE=1024 (MiB), ROUNDS=5, RESUME=1.
	@scripts/check-machine.sh demo
	@scripts/install-packages.sh bench
	@$(MAKE) --no-print-directory build
	@scripts/bench.sh

bench-page: ## Writes the benchmark's page anew from the figures of its last run; QUICK=1 for those of a quick one.
	@scripts/bench.sh --page

profile: ## Shows where the daemon's time goes; SIZE=512 (MiB).
	@scripts/check-machine.sh demo
	@scripts/install-packages.sh profile
	@$(MAKE) --no-print-directory build
	@scripts/profile.sh

reliability: ## Breaks things, looks at what readers get, and writes docs/RELIABILITY.md; SHORT=1 for some minutes of it, and no page.
	@scripts/check-machine.sh demo
	@scripts/install-packages.sh reliability
	@$(MAKE) --no-print-directory build
	python3 -m Reliability $(if $(filter-out 0,$(SHORT)),--short)

soak: ## All tests with both sanitizers, a soak, and random programs against a model, others each time; HOURS=1.
	@scripts/check-machine.sh demo
	@scripts/install-packages.sh test
	@$(MAKE) --no-print-directory build
	@scripts/soak.sh $(or $(HOURS),1)

clean: ## Removes what was built.
	rm -rf .build
