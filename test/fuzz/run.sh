#!/usr/bin/env bash
#
# Fuzzes the code that reads untrusted input, with clang's libFuzzer, under
# AddressSanitizer and UndefinedBehaviorSanitizer, without a server:
#
#   make fuzz                              every target, FUZZ_SECONDS (30) each
#   make fuzz TARGETS="csr chain"          only these targets
#   test/fuzz/run.sh build                 only builds the targets
#   test/fuzz/run.sh replay csr FILE ...   runs inputs once, for a debugger or a report
#   test/fuzz/run.sh seeds                 every target over its seeds, once; any compiler
#   test/fuzz/run.sh coverage              the coverage of seeds and corpus, by source file
#
# A target is test/fuzz/fuzz_NAME.c; its seeds are seeds/NAME, or files in
# test/fixtures; its dictionary and its options are below. The results of a run are
# kept in tmp_fuzz: NAME/corpus, with which the next run continues, and
# NAME/crashes. The first crash of a target ends that target, and the run fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

kept=tmp_fuzz
own=test/fuzz

# name: the dictionary, the seeds, the longest input
declare -A dictionary=([der]=der [csr]=der [public_key]=der [certificate]=der [chain]=der [crl]=der
	[name]=der [name_constraints]=der [extension]=der [pem]=pem [json]=json [policy]=json [arn]=arn [ocsp]=ocsp
	[signed_request]=signature [gateway_signature]=signature [gateway_target]=target)
declare -A longest=([csr]=24576 [chain]=16384 [pem]=32768 [json]=16384 [ocsp]=16384)

die()
{
	printf 'fuzz: %s\n' "$@" >&2
	exit 1
}

targets()
{
	local source name
	for source in "$own"/fuzz_*.c; do
		name=${source##*/fuzz_}
		name=${name%.c}
		[[ -n ${TARGETS:-} && " $TARGETS " != *" $name "* ]] || echo "$name"
	done
}

# Finds the archive of PostgreSQL with the code that server and clients share.
find_archive()
{
	local pg_config=$1 name=$2 folder
	for folder in "$("$pg_config" --pkglibdir)" "$("$pg_config" --libdir)"; do
		[[ ! -f $folder/$name ]] || { echo "$folder/$name"; return; }
	done
	die "this PostgreSQL was installed without $name"
}

# compile_all FOLDER SOURCE ...: compiles two at a time; the first error ends it.
compile_all()
{
	local folder=$1 source failed=0
	shift
	mkdir -p "$folder"
	for source; do
		while [[ $(jobs -rp | wc -l) -ge 2 ]]; do
			wait -n || failed=1
		done
		"${compile[@]}" -c "$source" -o "$folder/$(basename "$source" .c).o" &
	done
	while [[ $(jobs -p | wc -l) -gt 0 ]]; do
		wait -n || failed=1
	done
	[[ $failed -eq 0 ]] || die "could not compile"
}

# build DIR COMPILER MAIN INSTRUMENT ...: builds the targets as DIR/NAME. MAIN
# provides main(): an option of the compiler, or a source file.
build()
{
	local dir=$1 compiler=$2 main=$3 pg_config name sources=() source
	shift 3
	pg_config=$(dev/packages.sh pg_config)
	# clobbered (only in gcc): FUZZ_CATCH is a setjmp(), after which no result of its statements is used.
	compile=("$compiler" -std=gnu11 -g -O1 -fno-omit-frame-pointer "$@" -D_GNU_SOURCE -DUSE_ASSERT_CHECKING=1
		-Wall -Wextra -Werror -Wno-unused-parameter -Wno-unknown-warning-option -Wno-clobbered
		-isystem "$("$pg_config" --includedir-server)" -Isrc -I"$own")
	# Private keys are left out: server.c has replacements.
	for source in src/base_*.c src/crypto_*.c src/rule_*.c; do
		case $source in
			# keys, and code that needs the server's own JSON parser
			src/crypto_key.c | src/crypto_key_software.c | src/crypto_kek.c | src/base_json_duplicates.c) ;;
			*) sources+=("$source") ;;
		esac
	done
	# What the gateway reads of a request is pure, and compiles without its libraries.
	sources+=(gateway/{signature,target,text}.c)
	rm -rf "$dir"
	compile_all "$dir/src" "${sources[@]}"
	compile_all "$dir/own" "$own"/{server,json,generate,x509,build}.c
	# Archives, so that a target links only what it uses, and the rest needs no replacement.
	ar rcs "$dir/src.a" "$dir"/src/*.o
	ar rcs "$dir/own.a" "$dir"/own/*.o
	for name in $(targets); do
		"${compile[@]}" -o "$dir/$name" "$own/fuzz_$name.c" "$main" \
			-Wl,--wrap=pca_public_key_verify -Wl,--wrap=pca_public_key_verify_possession \
			-Wl,--start-group "$dir/own.a" "$dir/src.a" "$(find_archive "$pg_config" libpgcommon.a)" \
			"$(find_archive "$pg_config" libpgport.a)" -Wl,--end-group -lcrypto
	done
}

# Creates tmp_fuzz, which git ignores.
prepare()
{
	mkdir -p "$kept"
	echo '*' >"$kept/.gitignore"
}

sanitizers=("-fsanitize=address,undefined" -fno-sanitize-recover=all)

build_fuzzers()
{
	command -v clang >/dev/null || die "clang is missing: dev/packages.sh lint installs it"
	echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n == 1 ? 0 : 0; }' |
		clang -x c -fsanitize=fuzzer - -o /dev/null 2>/dev/null ||
		die "clang has no libFuzzer here: on Debian it is in libclang-rt-dev"
	prepare
	build "$kept/build" clang -fsanitize=fuzzer "${sanitizers[@]}" -fsanitize=fuzzer-no-link
}

# Decodes the PEM blocks of the fixtures that are base 64.
decode_fixtures()
{
	local to=$1 file
	mkdir -p "$to"
	for file in test/fixtures/csr/{good,repaired,evil}/*.pem; do
		[[ -s $to/$(basename "$file" .pem) ]] ||
			tr -d '\r' <"$file" | sed -n '/^-----BEGIN/,/^-----END/{/^-----/!p}' |
			base64 -di >"$to/$(basename "$file" .pem)" 2>/dev/null || true
	done
}

# Prints the folders with the seeds of a target, if there are any.
seeds_of()
{
	local folders=("$own/seeds/$1") folder
	case $1 in
		csr) folders+=("$kept/csr-der") ;;
		der) folders+=("$kept/csr-der" "$own/seeds/name" "$own/seeds/certificate") ;;
		pem) folders+=(test/fixtures/csr/{good,repaired,evil}) ;;
		ocsp) folders+=(test/fixtures/ocsp/{good,nobody,evil}) ;;
	esac
	for folder in "${folders[@]}"; do
		[[ ! -d $folder ]] || echo "$folder"
	done
}

fuzz()
{
	local name=$1 seconds=${FUZZ_SECONDS:-30} options folders
	mkdir -p "$kept/$name/corpus" "$kept/$name/crashes"
	mapfile -t folders < <(seeds_of "$name")
	options=(-max_total_time="$seconds" -max_len="${longest[$name]:-4096}" -timeout=10 -rss_limit_mb=2048
		-print_final_stats=1 -artifact_prefix="$kept/$name/crashes/")
	[[ -z ${dictionary[$name]:-} ]] || options+=(-dict="$own/dictionaries/${dictionary[$name]}")
	echo "fuzz: $name, $seconds seconds"
	if "$kept/build/$name" "${options[@]}" "$kept/$name/corpus" "${folders[@]}" >"$kept/$name/log" 2>&1; then
		grep -E '^#[0-9]+[[:space:]]+DONE|^stat::number_of_executed_units' "$kept/$name/log" | sed 's/^/  /'
		return 0
	fi
	tail -n 60 "$kept/$name/log"
	echo "fuzz: $name failed; the log is $kept/$name/log"
	sed -n "s|.*Test unit written to \(.*\)|fuzz: replay it: test/fuzz/run.sh replay $name \1|p" \
		"$kept/$name/log"
	return 1
}

fuzz_all()
{
	local name broken=()
	decode_fixtures "$kept/csr-der"
	for name in $(targets); do
		fuzz "$name" || broken+=("$name")
	done
	[[ ${#broken[@]} -eq 0 ]] || die "failed: ${broken[*]}"
	echo "fuzz: no target failed"
}

replay()
{
	local name=$1
	shift
	[[ -x $kept/build/$name ]] || die "there is no target $name: test/fuzz/run.sh build"
	"$kept/build/$name" "$@"
}

# Runs each seed once, with the compiler that the tests use. $1: the build directory.
run_seeds()
{
	local dir=$1 name folders failed=0
	decode_fixtures "$dir/csr-der"
	build "$dir/build" "${CC:-cc}" "$own/standalone.c" "${sanitizers[@]}"
	for name in $(targets); do
		mapfile -t folders < <(kept=$dir seeds_of "$name")
		printf '%s: ' "$name"
		ASAN_OPTIONS=abort_on_error=1 UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1 \
			"$dir/build/$name" "${folders[@]}" || failed=1
	done
	return "$failed"
}

coverage()
{
	local name folders objects=()
	prepare
	decode_fixtures "$kept/csr-der"
	build "$kept/coverage" clang "$own/standalone.c" -fprofile-instr-generate -fcoverage-mapping
	for name in $(targets); do
		mkdir -p "$kept/$name/corpus"
		mapfile -t folders < <(seeds_of "$name")
		LLVM_PROFILE_FILE=$kept/coverage/$name.profraw \
			"$kept/coverage/$name" "${folders[@]}" "$kept/$name/corpus" >/dev/null
		objects+=(-object "$kept/coverage/$name")
	done
	llvm-profdata merge -o "$kept/coverage/all.profdata" "$kept"/coverage/*.profraw
	# shellcheck disable=SC2046
	llvm-cov report "${objects[@]:1}" -instr-profile="$kept/coverage/all.profdata" $(ls src/*.c) |
		awk '$1 == "Filename" { print "file lines missed covered branches" }
			$1 ~ /\.c$|^TOTAL$/ { print $1, $8, $9, $10, $NF }' | column -t
}

case ${1:-all} in
	all)
		build_fuzzers
		fuzz_all
		;;
	build) build_fuzzers ;;
	replay) [[ $# -ge 3 ]] || die "usage: test/fuzz/run.sh replay TARGET FILE ..."; replay "${@:2}" ;;
	seeds)
		kept=$(mktemp -d "${TMPDIR:-/tmp}/pca-fuzz-XXXXXX")
		trap 'rm -rf "$kept"' EXIT
		run_seeds "$kept"
		;;
	coverage) coverage ;;
	*) die "usage: test/fuzz/run.sh [build | replay TARGET FILE ... | seeds | coverage]" ;;
esac
