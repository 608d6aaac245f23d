# ovfboot.  `make help` lists the targets; docs/architecture.md says what is where.
#
# One source is compiled several times, in flavours: efi (firmware), cli (the host tool), host (unit
# tests under sanitizers), tsan (the tool under ThreadSanitizer), msan (unit tests and corpora under
# MemorySanitizer), cov (counting lines) and fuzz (clang).  Objects lie in build/<flavour>/<path>.o.

ARCH     ?= x86_64
BUILD    ?= build
DEPS_DIR ?= $(BUILD)/deps
OVA      ?= $(BUILD)/sample.ova
SECONDS  ?= 60
MINUTES  ?= 10
VERSION  := 0.1
# When this was made, for a clock that is plainly wrong: the last commit, so that builds repeat.
BUILT    := $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null),$(shell date +%s))

SHELL := /bin/bash
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules # and no --output-sync: it would hold back what "make run" shows
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' $(1) $(2);)

# "make install" puts things below prefix; ovfboot finds its loader from where it lies itself.
prefix  ?= /usr/local
DESTDIR ?=

.PHONY: all guarded install deb deps test test-programs unit tools fuzz-replay scenarios run appliance cloud bench bench-fleet \
    lint prove format fuzz coverage msan size clean sign help FORCE
all: $(BUILD)/ovfboot.efi $(BUILD)/ovfboot  ## build the firmware program and the host tool

# ---- Libraries: compiled from Debian's sources, docs/decisions.md ---------------------------------

LIB        := $(DEPS_DIR)/src
DEPS_STAMP := $(DEPS_DIR)/ready

zlib_src := $(addprefix zlib/,inflate inffast inftrees zutil adler32 crc32)
libdeflate_src := $(addprefix libdeflate/lib/,utils adler32 crc32 deflate_decompress \
    zlib_decompress gzip_decompress x86/cpu_features arm/cpu_features)
libdeflate_compress_src := $(addprefix libdeflate/lib/,deflate_compress zlib_compress gzip_compress)
zstd_src := $(addprefix libzstd/lib/,$(addprefix common/,debug entropy_common error_private fse_decompress xxhash \
    zstd_common) $(addprefix decompress/,huf_decompress zstd_ddict zstd_decompress zstd_decompress_block))
mxml_src := $(addprefix mxml/mxml-,attr entity file get node private search set string)
mbedtls_src := $(addprefix mbedtls/library/,aes aesni asn1parse asn1write base64 bignum bignum_core \
    cipher cipher_wrap constant_time ecdh ecdsa ecp ecp_curves gcm hmac_drbg md md5 oid pem pk pk_ecc \
    pk_wrap pkcs5 pkparse platform platform_util psa_crypto psa_crypto_aead psa_crypto_cipher \
    psa_crypto_client psa_crypto_driver_wrappers_no_static psa_crypto_ecp psa_crypto_ffdh \
    psa_crypto_hash psa_crypto_mac psa_crypto_pake psa_crypto_rsa psa_crypto_slot_management \
    psa_util rsa rsa_alt_helpers sha1 sha256 sha512 ssl_ciphersuites ssl_client ssl_msg ssl_tls \
    ssl_tls12_client ssl_tls13_client ssl_tls13_generic ssl_tls13_keys x509 x509_crl x509_crt)
LIB_SRC := $(zlib_src) $(libdeflate_src) $(zstd_src) $(mxml_src) $(mbedtls_src)

# Z_SOLO: zlib has no malloc of its own; HAVE_MEMCPY: it uses ours, and does not copy by bytes.
# zstd: plain C, without asking the processor, and no older formats.
LIB_INCLUDES := -DZ_SOLO -DHAVE_MEMCPY -isystem $(LIB)/zlib -isystem $(LIB)/libdeflate -isystem $(LIB)/mxml \
    -isystem $(LIB)/libzstd/lib -DZSTD_DISABLE_ASM -DDYNAMIC_BMI2=0 -DZSTD_NO_INTRINSICS -DZSTD_TRACE=0 -DZSTD_LEGACY_SUPPORT=0 \
    -isystem $(LIB)/mbedtls/include -isystem parsers/mxml \
    -DMBEDTLS_CONFIG_FILE='"crypto/mbedtls_config.h"'

# What the libraries' objects depend on besides flags: our configuration of them, their versions.
LIB_INPUTS := crypto/mbedtls_config.h crypto/mbedtls_plain.h crypto/psa_config.h parsers/mxml/config.h $(DEPS_DIR)/versions.txt
$(DEPS_DIR)/versions.txt: | $(DEPS_STAMP) ;

# ---- Flags of each flavour ------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wundef -Wcast-qual -Wwrite-strings \
    -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Werror
COMMON   := -std=gnu17 -I. -fno-strict-aliasing -MD -MP -DOVFBOOT_VERSION='"$(VERSION)"'
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g

GNUEFI := $(LIB)/gnu-efi
efi_cc_x86_64  := gcc
efi_cc_aarch64 := aarch64-linux-gnu-gcc
efi_ld_x86_64  := ld
efi_ld_aarch64 := aarch64-linux-gnu-ld
efi_objcopy_x86_64  := objcopy
efi_objcopy_aarch64 := aarch64-linux-gnu-objcopy
# gnu-efi's start code for AArch64 has the PE header in its own bytes.
efi_pe_x86_64  := --strip-all --target=efi-app-x86_64 --subsystem=10 -j .text -j .rodata -j .reloc \
    -j .sbat -j .data -j .dynamic -j .rela
efi_pe_aarch64 := -O binary -j .text -j .rodata -j .data -j .dynamic -j .rela
efi_arch_x86_64  := -mno-red-zone -maccumulate-outgoing-args
efi_arch_aarch64 := -mstrict-align -mno-outline-atomics

aesni_x86_64 := -maes -mpclmul -mssse3

efi_finish_x86_64  := host/finish_pe.py
efi_finish_aarch64 := true

# The compiler may not be there yet when this file is read, so its folder is asked for when used.  Beside each object it writes
# who calls whom, and on how large a frame: tests/tools/test_stack.py.
cc_efi = $(efi_cc_$(ARCH)) -O2 -ffreestanding -nostdinc -fpic -fshort-wchar -fno-stack-protector \
    -fvisibility=hidden -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
    -fcf-protection=none -fcallgraph-info=su $(efi_arch_$(ARCH)) \
    -isystem $(shell $(efi_cc_$(ARCH)) -print-file-name=include) -isystem efi/libc/include \
    -DGNU_EFI_USE_MS_ABI -isystem $(GNUEFI)/inc -isystem $(GNUEFI)/inc/$(ARCH)
cc_cli  = gcc -O2 -g
cc_host = gcc -O1 $(SANITIZE) -DARENA_RED_ZONE=32
cc_tsan = gcc -O1 -g -fsanitize=thread
cc_cov  = clang -O1 -g -fprofile-instr-generate -fcoverage-mapping
cc_msan = clang -O1 -g -fsanitize=memory -fno-omit-frame-pointer \
    -DMBEDTLS_USER_CONFIG_FILE='"tests/mbedtls_msan.h"'
cc_fuzz = clang -O1 $(SANITIZE) -fsanitize=fuzzer-no-link -DARENA_RED_ZONE=32

# Frames are bounded where the stack is: sanitizers make them larger.  gcc cannot know that a failed
# call, whose results are not used, is one that returned something other than OK.
own_efi  = $(WARNINGS) -Wno-maybe-uninitialized -Wframe-larger-than=4096
own_cli  = $(WARNINGS) -Wno-maybe-uninitialized -Wframe-larger-than=4096
own_host = $(WARNINGS) -Wno-maybe-uninitialized
own_tsan = $(WARNINGS) -Wno-maybe-uninitialized -Wno-tsan
own_cov  = $(WARNINGS)
own_msan = $(WARNINGS)
own_fuzz = $(WARNINGS)

# The libraries' style is theirs.  In firmware they must not take this for Linux.
lib_all  = -w -include string.h
lib_efi  = $(lib_all) -U__linux__ -U__linux -Ulinux -U__gnu_linux__ -U__unix__ -U__unix -Uunix
lib_cli  = $(lib_all)
lib_host = $(lib_all)
lib_tsan = $(lib_all)
lib_cov  = $(lib_all)
lib_msan = $(lib_all)
lib_fuzz = $(lib_all)

# ---- What is compiled from what -------------------------------------------------------------------

CORE_DIRS := base parsers crypto disks loader
arch_efi  := $(ARCH)
arch_cli  := $(shell uname -m)
arch_host := $(arch_cli)
arch_tsan := $(arch_cli)
arch_cov  := $(arch_cli)
arch_msan := $(arch_cli)
arch_fuzz := $(arch_cli)
# The portable part, with what it has for the architecture of a flavour.
core = $(basename $(wildcard $(addsuffix /*.c,$(CORE_DIRS) crypto/$(arch_$(1)))))
EFI  := $(basename $(wildcard efi/*.c efi/$(ARCH)/*.c efi/libc/*.c efi/libc/$(ARCH)/*.c))
HOST := $(basename $(wildcard host/*.c))
UNIT := $(basename $(wildcard tests/*.c tests/build/*.c tests/unit/*.c)) efi/libc/heap host/write_behind
FUZZ := $(notdir $(basename $(wildcard tests/fuzz/fuzz_*.c)))
# What fuzz_package is made of besides: the platform of loader/port.h.
FUZZ_PORT := $(basename $(wildcard tests/fake_*.c))
TOOL := $(notdir $(basename $(wildcard tests/tools/*.c)))
COVERED := sig_tool disk_tool pe_tool dns_tool

objects = $(patsubst %,$(BUILD)/$(1)/%.o,$(2))
library = $(patsubst %,$(BUILD)/$(1)/lib/%.o,$(LIB_SRC))

# A file with a flavour's flags, renewed when they change; every object depends on its own.
define flavour
$(BUILD)/$(1)/flags: FORCE | $(DEPS_STAMP)
	@mkdir -p $$(@D)
	@printf '%s\n' '$$(subst ','\'',$$(cc_$(1)) $(COMMON) $$(own_$(1)) $$(lib_$(1)) $(LIB_INCLUDES))' \
	    | cmp -s - $$@ || printf '%s\n' \
	    '$$(subst ','\'',$$(cc_$(1)) $(COMMON) $$(own_$(1)) $$(lib_$(1)) $(LIB_INCLUDES))' > $$@

$(BUILD)/$(1)/%.o: %.c $(BUILD)/$(1)/flags $(LIB_INPUTS)
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)$$(cc_$(1)) $(COMMON) $(LIB_INCLUDES) $$(own_$(1)) $$(EXTRA) -c -o $$@ $$<

$(BUILD)/$(1)/loader/built.o: EXTRA := -DOVFBOOT_BUILT=$(BUILT)ull
$(BUILD)/$(1)/loader/built.o: $(BUILD)/built

# Without these, mbedTLS takes a slower form of its code for the processor's AES; it asks the processor
# in either case.
$(BUILD)/$(1)/lib/mbedtls/library/aesni.o: EXTRA := $(aesni_$(arch_$(1)))
# aes.c makes room for keys at multiples of 16 bytes, as that code wants them, only if it is compiled for it, too.
$(BUILD)/$(1)/lib/mbedtls/library/aes.o: EXTRA := $(filter-out -mssse3,$(aesni_$(arch_$(1))))
# Without KVM, QEMU looks for the way on wherever a loop goes over the end of a page.
$(BUILD)/$(1)/lib/libdeflate/lib/deflate_decompress.o: EXTRA := -falign-functions=4096
# What crypto/gcm.c and crypto/sha.c stand in front of.
$(addprefix $(BUILD)/$(1)/lib/mbedtls/library/,gcm.o sha1.o sha256.o): EXTRA := -include crypto/mbedtls_plain.h
$(BUILD)/$(1)/lib/%.o: $(BUILD)/$(1)/flags $(LIB_INPUTS)
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)$$(cc_$(1)) $(COMMON) $(LIB_INCLUDES) $$(lib_$(1)) $$(EXTRA) -c -o $$@ $(LIB)/$$*.c

$(BUILD)/$(1)/libs.a: $$(call library,$(1))
	$$(call say,AR,$$@)rm -f $$@ && ar rcs $$@ $$^
$(BUILD)/$(1)/core.a: $$(call objects,$(1),$(call core,$(1)))
	$$(call say,AR,$$@)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach f,efi cli host tsan cov msan fuzz,$(eval $(call flavour,$(f))))

# Sums and large numbers: nothing there is found by looking where an input got to, and looking takes most of the time.
UNWATCHED := base/crc32c $(addprefix lib/mbedtls/library/,bignum bignum_core bignum_mod bignum_mod_raw ecp ecp_curves sha512)
$(UNWATCHED:%=$(BUILD)/fuzz/%.o): EXTRA := -O2 -fno-sanitize=fuzzer-no-link

# Only loader/built.c is compiled again when the date changes.
$(BUILD)/built: FORCE
	@mkdir -p $(@D)
	@echo $(BUILT) | cmp -s - $@ || echo $(BUILT) > $@

# ---- The firmware program -------------------------------------------------------------------------

$(BUILD)/efi/crt0.o: $(BUILD)/efi/flags
	$(call say,AS,$@)$(efi_cc_$(ARCH)) -DEFI_SUBSYSTEM=10 -c -o $@ $(GNUEFI)/gnuefi/crt0-efi-$(ARCH).S
$(BUILD)/efi/reloc.o: $(BUILD)/efi/flags
	$(call say,CC,$@)$(cc_efi) $(lib_efi) -c -o $@ $(GNUEFI)/gnuefi/reloc_$(ARCH).c

EFI_OBJECTS := $(BUILD)/efi/crt0.o $(BUILD)/efi/reloc.o $(call objects,efi,$(EFI)) \
    $(BUILD)/efi/core.a $(BUILD)/efi/libs.a
EFI_LAYOUT  := efi/$(ARCH)/layout.lds
link_efi = $(call say,LD,$@)$(efi_ld_$(ARCH)) -nostdlib -shared -Bsymbolic --no-undefined -z text \
    -z noexecstack -z max-page-size=4096 --hash-style=sysv --gc-sections --orphan-handling=error \
    --fatal-warnings --build-id=none -T $(EFI_LAYOUT) -Map=$@.map -o $@ \
    $(filter %.o,$(1)) --start-group $(filter %.a,$(1)) --end-group
make_pe = $(call say,PE,$@)$(efi_objcopy_$(ARCH)) $(efi_pe_$(ARCH)) $< $@ && $(efi_finish_$(ARCH)) $@

$(BUILD)/efi/ovfboot.so: $(EFI_OBJECTS) $(EFI_LAYOUT)
	$(call link_efi,$(EFI_OBJECTS))
$(BUILD)/ovfboot.efi: $(BUILD)/efi/ovfboot.so host/finish_pe.py
	$(make_pe)

# The same firmware with holes in it, and programs that try disks and processors, for tests: tests/firmware.
FIRMWARE := guest hostile queue workers
$(FIRMWARE:%=$(BUILD)/efi/%.so): $(BUILD)/efi/%.so: $(filter-out $(BUILD)/efi/efi/main.o,$(EFI_OBJECTS)) \
    $(BUILD)/efi/tests/firmware/%.o $(EFI_LAYOUT)
	$(call link_efi,$^)
$(BUILD)/efi/hostile.so: $(call objects,efi,$(basename $(wildcard tests/firmware/hostile_*.c)))
$(FIRMWARE:%=$(BUILD)/%.efi): $(BUILD)/%.efi: $(BUILD)/efi/%.so host/finish_pe.py
	$(make_pe)

# A debug build, in which whatever writes beyond a piece of an arena is found at the end of its stage: base/guard.h.
$(BUILD)/efi/base/arena_guarded.o: base/arena.c $(BUILD)/efi/flags
	$(call say,CC,$@)$(cc_efi) $(COMMON) $(own_efi) -DARENA_GUARD -c -o $@ $<
GUARDED := $(BUILD)/efi/base/arena_guarded.o $(EFI_OBJECTS)
$(BUILD)/efi/ovfboot-guarded.so: $(GUARDED) $(EFI_LAYOUT)
	$(call link_efi,$(GUARDED))
$(BUILD)/ovfboot-guarded.efi: $(BUILD)/efi/ovfboot-guarded.so host/finish_pe.py
	$(make_pe)
guarded: $(BUILD)/ovfboot-guarded.efi  ## the firmware program with guards behind all pieces of memory

# The unit tests in firmware, but for these files: threads, folders, files and inet_ntop() of the host, its work behind
# the program's back; and, for minutes under QEMU, power cuts at every write, and the whole loader: scenarios run it in firmware.
UNIT_LEFT_OUT := tests/unit/test_workers tests/unit/test_ovf_corpus tests/unit/test_address tests/unit/test_write_behind \
    tests/unit/test_preflight tests/unit/test_secure_boot \
    host/write_behind tests/build/shared
UNIT_LEFT_OUT += $(basename $(shell grep -lE 'tests/build/(loader_rig|deploy_rig|cut_case)\.h|fake_target_cut_power' \
    tests/unit/*.c))
UNIT_EFI := $(BUILD)/efi/base/arena_guarded.o $(call objects,efi,$(filter-out $(UNIT_LEFT_OUT) efi/libc/heap,$(UNIT)) tests/firmware/unit efi/firmware \
    efi/status $(basename $(wildcard efi/libc/*.c efi/libc/$(ARCH)/*.c)))
$(call objects,efi,$(filter tests/%,$(UNIT)) tests/firmware/unit): \
    EXTRA := -include tests/firmware/unit_libc.h -Wframe-larger-than=40000
$(BUILD)/efi/unit.lds: efi/$(ARCH)/layout.lds
	@mkdir -p $(@D)
	$(Q)sed -e '/ \*(.bss /d' -e 's|^    /DISCARD/.*|    . = ALIGN(4096);\n    .bss : { *(.bss .bss.* .dynbss COMMON) }\n&|' $< > $@
$(BUILD)/efi/unit.so: EFI_LAYOUT := $(BUILD)/efi/unit.lds
$(BUILD)/efi/unit.so: $(BUILD)/efi/crt0.o $(BUILD)/efi/reloc.o $(UNIT_EFI) $(BUILD)/efi/core.a \
    $(patsubst %,$(BUILD)/efi/lib/%.o,$(libdeflate_compress_src)) $(BUILD)/efi/libs.a $(BUILD)/efi/unit.lds
	$(call link_efi,$(filter-out %.lds,$^))
$(BUILD)/unit.efi: $(BUILD)/efi/unit.so host/finish_pe.py
	$(call say,PE,$@)$(efi_objcopy_$(ARCH)) $(efi_pe_$(ARCH)) $< $@ && $(efi_finish_$(ARCH)) $@ $<

# ---- The host tool, tests and fuzz targets --------------------------------------------------------

# mbedTLS calls crypto/ back: tls_random.c, gcm.c, sha.c.
both = -Wl,--start-group $(filter %.a,$^) -Wl,--end-group

compress = $(patsubst %,$(BUILD)/$(1)/lib/%.o,$(libdeflate_compress_src))
$(BUILD)/ovfboot: $(call objects,cli,$(HOST)) $(BUILD)/cli/core.a $(call compress,cli) $(BUILD)/cli/libs.a
	$(call say,LD,$@)$(cc_cli) -o $@ $(filter %.o,$^) $(both) -lpthread -llzma
$(BUILD)/ovfboot-asan: $(call objects,host,$(HOST)) $(BUILD)/host/core.a $(call compress,host) \
    $(BUILD)/host/libs.a
	$(call say,LD,$@)$(cc_host) -o $@ $(filter %.o,$^) $(both) -lpthread -llzma
$(BUILD)/ovfboot-tsan: $(call objects,tsan,$(HOST)) $(BUILD)/tsan/core.a $(call compress,tsan) \
    $(BUILD)/tsan/libs.a
	$(call say,LD,$@)$(cc_tsan) -o $@ $(filter %.o,$^) $(both) -lpthread -llzma
$(BUILD)/host/unit: $(call objects,host,$(UNIT)) $(BUILD)/host/core.a $(call compress,host) \
    $(BUILD)/host/libs.a
	$(call say,LD,$@)$(cc_host) -o $@ $(filter %.o,$^) $(both) -lpthread
$(BUILD)/cli/port_tool: $(call objects,cli,host/ask host/console host/machine host/system)
$(BUILD)/cli/fetch_tool: $(call objects,cli,host/console host/machine host/socket host/system)
$(BUILD)/cli/stage_tool: $(call objects,cli,host/console host/file_source host/file_target host/machine host/system host/workers host/write_behind)
$(addprefix $(BUILD)/cli/,$(TOOL)): $(BUILD)/cli/%: $(BUILD)/cli/tests/tools/%.o $(BUILD)/cli/core.a \
    $(BUILD)/cli/libs.a
	$(call say,LD,$@)$(cc_cli) -o $@ $(filter %.o,$^) $(both)
# Unit tests and fuzz targets in flavours of clang's, laid out as tests/run has it: build/msan/bin/host/unit.
define with_clang
$(BUILD)/$(1)/bin/host/unit: $(call objects,$(1),$(UNIT)) $(BUILD)/$(1)/core.a $(call compress,$(1)) $(BUILD)/$(1)/libs.a
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$$(cc_$(1)) -o $$@ $$(filter %.o,$$^) $$(both) -lpthread
$(BUILD)/$(1)/bin/replay/fuzz_package: $(call objects,$(1),$(FUZZ_PORT))
$(addprefix $(BUILD)/$(1)/bin/replay/,$(FUZZ)): $(BUILD)/$(1)/bin/replay/%: $(BUILD)/$(1)/tests/fuzz/%.o \
    $(call objects,$(1),tests/fuzz/repair tests/fuzz/replay) $(BUILD)/$(1)/core.a $(BUILD)/$(1)/libs.a
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$$(cc_$(1)) -o $$@ $$(filter %.o,$$^) $$(both)
endef
$(foreach f,cov msan,$(eval $(call with_clang,$(f))))
with_clang_all = $(addprefix $(BUILD)/$(1)/bin/,host/unit $(addprefix replay/,$(FUZZ)))

# The tool, what tests of signatures use, and the loader that tests want to be there.
$(BUILD)/cov/bin/ovfboot: $(call objects,cov,$(HOST)) $(BUILD)/cov/core.a $(call compress,cov) $(BUILD)/cov/libs.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(cc_cov) -o $@ $(filter %.o,$^) $(both) -lpthread -llzma
$(addprefix $(BUILD)/cov/bin/cli/,$(COVERED)): $(BUILD)/cov/bin/cli/%: $(BUILD)/cov/tests/tools/%.o $(BUILD)/cov/core.a \
    $(BUILD)/cov/libs.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(cc_cov) -o $@ $(filter %.o,$^) $(both)
$(BUILD)/cov/bin/ovfboot.efi: $(BUILD)/ovfboot.efi
	@mkdir -p $(@D)
	@cp $< $@

$(BUILD)/replay/fuzz_package: $(call objects,host,$(FUZZ_PORT))
$(BUILD)/fuzz/fuzz_package: $(call objects,fuzz,$(FUZZ_PORT))
$(addprefix $(BUILD)/replay/,$(FUZZ)): $(BUILD)/replay/%: $(BUILD)/host/tests/fuzz/%.o \
    $(BUILD)/host/tests/fuzz/repair.o $(BUILD)/host/tests/fuzz/replay.o $(BUILD)/host/core.a $(BUILD)/host/libs.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(cc_host) -o $@ $(filter %.o,$^) $(both)
$(addprefix $(BUILD)/fuzz/,$(FUZZ)): $(BUILD)/fuzz/%: $(BUILD)/fuzz/tests/fuzz/%.o $(BUILD)/fuzz/tests/fuzz/repair.o \
    $(BUILD)/fuzz/core.a $(BUILD)/fuzz/libs.a
	$(call say,LD,$@)$(cc_fuzz) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(both)

# ---- What people run ------------------------------------------------------------------------------

$(DEPS_STAMP): host/deps.sh
	$(Q)host/deps.sh packages
	$(Q)host/deps.sh sources $(DEPS_DIR)
	@touch $@

deps: $(DEPS_STAMP)  ## install the packages and fetch the library sources (DEPS_DIR=path: use these)

GUEST_PARTS := qemu/appliance $(shell find qemu/appliance.d -type f)
CLOUD_ONLY  := $(filter qemu/appliance.d/cloud%,$(GUEST_PARTS))
$(BUILD)/sample.ova: $(filter-out $(CLOUD_ONLY),$(GUEST_PARTS)) | $(DEPS_STAMP)
	$(call say,OVA,$@)qemu/appliance --out $@ --work $(BUILD)/appliance
# In the same folder, for the packages that both are made of: so not at the same time.
$(BUILD)/cloud.ova: $(GUEST_PARTS) | $(DEPS_STAMP) $(BUILD)/sample.ova
	$(call say,OVA,$@)qemu/appliance --guest cloud --out $@ --work $(BUILD)/appliance

appliance: $(BUILD)/sample.ova  ## build the sample appliance
cloud: $(BUILD)/cloud.ova  ## build the appliance with cloud-init

run: $(BUILD)/ovfboot.efi $(OVA)  ## boot the sample appliance, or OVA=path, in QEMU
	$(Q)qemu/boot --interactive --ova $(OVA) \
	    $(if $(filter $(BUILD)/sample.ova,$(OVA)),--set unattended=yes)

test-programs: $(BUILD)/ovfboot.efi $(BUILD)/ovfboot-guarded.efi $(BUILD)/unit.efi $(FIRMWARE:%=$(BUILD)/%.efi) $(BUILD)/ovfboot $(BUILD)/ovfboot-asan \
    $(BUILD)/ovfboot-tsan $(BUILD)/host/unit \
    $(addprefix $(BUILD)/cli/,$(TOOL)) $(addprefix $(BUILD)/replay/,$(FUZZ)) \
    $(BUILD)/sample.ova $(BUILD)/cloud.ova

test: test-programs  ## everything CI runs; TESTS=word for some
	$(Q)tests/run --build $(BUILD) $(TESTS)

# What is installed below a folder, the prefix.
define install_below
$(Q)install -d '$(1)/bin' '$(1)/lib/ovfboot' '$(1)/share/man/man1' '$(1)/share/bash-completion/completions' \
    '$(1)/share/zsh/site-functions' '$(1)/share/doc/ovfboot/docs'
$(Q)install -m 755 -s $(BUILD)/ovfboot '$(1)/bin/ovfboot'
$(Q)install -m 644 $(BUILD)/ovfboot.efi '$(1)/lib/ovfboot/ovfboot.efi'
$(Q)install -m 644 docs/ovfboot.1 '$(1)/share/man/man1/ovfboot.1'
$(Q)install -m 644 host/completion.bash '$(1)/share/bash-completion/completions/ovfboot'
$(Q)install -m 644 host/completion.zsh '$(1)/share/zsh/site-functions/_ovfboot'
$(Q)install -m 644 README.md LICENSE CONTRIBUTING.md '$(1)/share/doc/ovfboot'
$(Q)cp -r $(filter-out %.1,$(wildcard docs/*)) '$(1)/share/doc/ovfboot/docs'
endef

install: $(BUILD)/ovfboot.efi $(BUILD)/ovfboot  ## into prefix=/usr/local, below DESTDIR if there is one
	$(call install_below,$(DESTDIR)$(prefix))

deb: $(BUILD)/ovfboot.efi $(BUILD)/ovfboot  ## a Debian package, build/ovfboot_VERSION_ARCH.deb
	$(Q)rm -rf $(BUILD)/deb
	$(call install_below,$(BUILD)/deb/root/usr)
	$(Q)SOURCE_DATE_EPOCH=$(BUILT) host/deb.sh $(BUILD)/deb $(VERSION) $(DEPS_DIR) $(BUILD)

sign: $(BUILD)/ovfboot.efi  ## sign it for Secure Boot: KEY=file CERT=file, both PEM
	$(Q)test -n "$(KEY)" -a -n "$(CERT)" || { echo 'make sign wants KEY=file CERT=file' >&2; exit 2; }
	$(call say,SIGN,$(BUILD)/ovfboot-signed.efi)sbsign --key '$(KEY)' --cert '$(CERT)' \
	    --output $(BUILD)/ovfboot-signed.efi $<

unit: $(BUILD)/host/unit  ## the unit tests only, under ASan and UBSan
	$(Q)$< $(TESTS)

bench: $(BUILD)/ovfboot $(BUILD)/cli/fetch_tool $(BUILD)/cli/stage_tool  ## speed, side by side with qemu-img, sha256sum and curl
	$(Q)tests/bench/bench --build $(BUILD)
	$(Q)tests/bench/formats --build $(BUILD)
	$(Q)tests/bench/pack --build $(BUILD)
	$(Q)tests/bench/fetch --build $(BUILD)
	$(Q)tests/bench/firmware_http --build $(BUILD)
	$(Q)tests/bench/firmware --build $(BUILD)
bench-fleet: $(BUILD)/ovfboot $(BUILD)/cli/fetch_tool $(OVA)  ## what many machines ask of one web server
	$(Q)tests/bench/fleet --build $(BUILD) --ova $(OVA)

coverage: $(call with_clang_all,cov) $(addprefix $(BUILD)/cov/bin/,ovfboot ovfboot.efi $(addprefix cli/,$(COVERED)))  ## lines that tests reach, by folder and file
	$(Q)tests/coverage --build $(BUILD)

msan: $(call with_clang_all,msan)  ## unit tests and corpora under MemorySanitizer
	$(Q)tests/run --build $(BUILD)/msan/bin $(or $(TESTS),unit replay)

fuzz: $(addprefix $(BUILD)/fuzz/,$(FUZZ))  ## every fuzz target for SECONDS; FUZZ=fuzz_tar for one
	$(Q)tests/fuzz/run --build $(BUILD) --seconds $(SECONDS) $(FUZZ)

C_FILES := $(wildcard $(foreach d,$(CORE_DIRS) crypto/x86_64 crypto/aarch64 efi efi/x86_64 efi/aarch64 efi/libc host tests tests/build tests/unit tests/fuzz \
    tests/firmware tests/tools,$(d)/*.[ch]))
SH_FILES = $(shell grep -lE '^\#!.*\b(ba)?sh$$|^\# shellcheck shell=' $$(git ls-files base efi host loader qemu tests .ci))

# Sources that are analyzed, and how they are compiled for that; docs/assurance.md says what was found and is wrong.
ANALYZED := $(addsuffix .c,$(call core,cli) $(HOST))
ANALYZE   = -std=gnu17 -I. $(LIB_INCLUDES) -DOVFBOOT_VERSION='""' -DOVFBOOT_BUILT=0
NOT_ANALYZED := -Wno-analyzer-null-dereference -Wno-analyzer-null-argument
each = printf '%s\0' $(1) | xargs -0 -P $$(nproc)

lint: | $(DEPS_STAMP)  ## arrows, layout, cppcheck, clang-tidy with its analyzer, gcc's, shellcheck
	$(Q)tests/arrows.sh
	$(Q)clang-format --dry-run -Werror $(C_FILES)
	$(Q)cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -I. -j $$(nproc) \
	    --enable=warning,portability $(CORE_DIRS) host
	$(Q)$(call each,$(ANALYZED)) -I @ clang-tidy --quiet --warnings-as-errors='*' @ -- $(ANALYZE) 2>/dev/null
	$(Q)$(call each,$(ANALYZED)) -I @ gcc $(ANALYZE) $(aesni_$(arch_cli)) -O2 -fanalyzer $(NOT_ANALYZED) -Werror \
	    -c -o /dev/null @
	$(Q)shellcheck -e SC1091 $(SH_FILES)

prove: test-programs $(addprefix $(BUILD)/fuzz/,$(FUZZ))  ## the long tests, a line for each promise; MINUTES=10 of fuzzing
	$(Q)tests/prove/run --build $(BUILD) --minutes $(MINUTES) $(PROMISES)

format:  ## clang-format in place
	$(Q)clang-format -i $(C_FILES)

size: $(BUILD)/efi/ovfboot.so  ## bytes of the firmware program
	$(Q)size $< && ls -l $(BUILD)/ovfboot.efi

clean:  ## remove what was built, but not the library sources
	$(Q)find $(BUILD) -mindepth 1 -maxdepth 1 ! -name deps -exec rm -rf {} +

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20
	@echo '  V=1 shows commands; ARCH=$(ARCH) BUILD=$(BUILD) DEPS_DIR=$(DEPS_DIR) are variables'

-include $(foreach f,efi cli host tsan cov msan fuzz,$(shell find $(BUILD)/$(f) -name '*.d' 2>/dev/null))
