#!/usr/bin/env bash
#
# Checks the project's rules (docs/ARCHITECTURE.md) in the text of its files: the
# layers of src/, what only one file may do, what no file may do, what holds for
# gateway/ too. Prints each violation as FILE:LINE: what is wrong, and fails if
# there is one.
#
# Comments may mention anything, so the rules for code read a copy without
# comments and with empty strings.
#
# The last line names what was not checked because a program is missing. If all
# judges must be present (PCA_ALL_JUDGES=1, as in .ci/run), that is a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
shopt -s nullglob

violations=0
unchecked=()
bare=$(mktemp -d)
trap 'rm -rf "$bare"' EXIT

# lacks PROGRAM WHAT: tells whether PROGRAM is missing. If so, WHAT is not checked.
lacks()
{
	! command -v "$1" >/dev/null || return 1
	unchecked+=("$2 (no $1)")
}

# complain MESSAGE: prints each line of its input ("FILE:LINE...") with the message.
complain()
{
	local line place
	while read -r line; do
		[[ -n $line ]] || continue
		place=$(cut -d: -f1,2 <<<"$line")
		echo "${place#"$bare"/}: $1"
		violations=$((violations + 1))
	done
}

# forbid MESSAGE PATTERN FILE ...: complains of every line that matches.
forbid()
{
	local message=$1 pattern=$2 found
	shift 2
	[[ $# -gt 0 ]] || return 0
	# The status 1 means that nothing matches; a higher one is an error of grep.
	found=$(grep -IHnP -e "$pattern" -- "$@" || [[ $? -eq 1 ]])
	complain "$message" <<<"$found"
}

# code EXCEPT ...: prints the files of src/ without comments, except those with these names.
code()
{
	local file except
	for file in "$bare"/src/*.[ch]; do
		for except; do
			# shellcheck disable=SC2053
			[[ ${file##*/} != $except ]] || continue 2
		done
		echo "$file"
	done
}

# Copies src/ and gateway/ with comments blanked and strings emptied; lines keep their numbers.
strip_comments()
{
	local file
	mkdir "$bare/src" "$bare/gateway"
	for file in src/*.[ch] gateway/*.[ch]; do
		perl -0777 -pe 's{(^\s*\#\s*include[^\n]*|\x27(?:\\.|[^\x27\\\n])+\x27)
				|/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"}
			{defined $1 ? $1 : $& =~ /^"/ ? "\"\"" : "\n" x ($& =~ tr/\n//)}gmsex' "$file" >"$bare/$file"
	done
}

# Each file's prefix is its layer; a layer sees itself and the layers that its row names.
declare -A sees=(
	[base]='base'
	[crypto]='crypto|base'
	[rule]='rule|crypto|base'
	[store]='store|base'
	[op]='op|rule|crypto|store|base|pca|worker'
	[pca]='op|rule|crypto|store|base|pca|worker'
	[worker]='op|rule|crypto|store|base|pca|worker'
)

check_layers()
{
	local file layer
	for file in src/*.[ch]; do
		layer=$(basename "$file")
		layer=${layer%%[_.]*}
		if [[ -z ${sees[$layer]:-} ]]; then
			complain "belongs to no layer: the prefixes are ${!sees[*]}" <<<"$file:1"
			continue
		fi
		forbid "$layer must not see this layer: it sees ${sees[$layer]//|/, }" \
			"^\\s*#\\s*include\\s*\"(?!(${sees[$layer]})[_.])(base|crypto|rule|store|op|pca|worker)[_.]" "$file"
	done
}

# Prints pairs of modules of src/: one, and one that it includes. X.c and X.h are one module.
list_includes()
{
	local file module
	for file in src/*.[ch]; do
		module=${file#src/}
		sed -nE "s/^[[:space:]]*#[[:space:]]*include[[:space:]]*\"([a-z0-9_]+)\.h\".*/${module%.*} \1/p" "$file"
	done
}

# Prints the modules of each cycle in a line, as the place of a violation.
list_circles()
{
	# tsort writes a line for each cycle, then one for each module in it.
	list_includes | tsort 2>&1 >/dev/null |
		awk '/input contains a loop/ { if (circle) print circle ":1:"; circle = ""; next }
			{ circle = (circle ? circle " <-> " : "src/") $2 }
			END { if (circle) print circle ":1:" }'
}

check_circles()
{
	complain "include one another: move what both need to a module of its own" < <(list_circles)
}

check_doors()
{
	local files
	mapfile -t files < <(code 'store_query.c')
	forbid "SPI is for store_query.c" '\bSPI_' "${files[@]}"
	mapfile -t files < <(code 'store_query.*')
	forbid "SPI is for store_query.c" 'executor/spi\.h' "${files[@]}"
	mapfile -t files < <(code 'crypto_*')
	forbid "OpenSSL is for crypto_*" '<openssl/|\b(X509|EVP|ASN1|BIO|OPENSSL|ERR)_|\bX509\b' "${files[@]}"
	forbid "crypto knows no JSON: a rule reads it, and calls with plain structures" \
		'^\s*#\s*include\s*"base_(argument|arn|json|shape)\.h"|\b(PcaJson|PcaPath|PcaShape|Jsonb\w*)\b' \
		"$bare"/src/crypto_*.[ch]
	forbid "crypto returns faults in words, and a rule throws; only faults of the machine are thrown here" \
		'\bpca_error\s*\((?!\s*REQUEST_FAILED\b)|\bPCA_SQLSTATE_(?!REQUEST_FAILED\b)' "$bare"/src/crypto_*.[ch]
	mapfile -t files < <(code crypto_ossl.c crypto_key.c)
	forbid "an OpenSSL object belongs to a memory context (crypto_ossl.h), which frees it" \
		'\b([A-Z][A-Za-z0-9_]*|sk_[A-Za-z0-9_]*)_free\s*\(' "${files[@]}"
}

check_code()
{
	local files file lines
	mapfile -t files < <(code op_maintenance.c)
	forbid "no PG_TRY: a memory context cleans up" '\bPG_(TRY|CATCH|FINALLY)\b' "${files[@]}"
	mapfile -t files < <(code)
	forbid "no goto" '\bgoto\b' "${files[@]}"
	forbid "a statement is a literal in a static PcaQuery" \
		'^(?!\s*static PcaQuery \w+ = \{).*\bPcaQuery\s+\w+\s*[=;[]|(->|\w\.)sql\s*=(?!=)' "${files[@]}"
	forbid "no mini-language with user data: build the ASN.1 structure" '\bX509V3_EXT_n?conf' "${files[@]}"
	for file in "${files[@]}"; do
		complain "an ereport needs an errcode" < <(reports_without_code "$file")
	done
	for file in src/*.[ch] gateway/*.[ch]; do
		lines=$(wc -l <"$file")
		[[ $lines -le 500 ]] || complain "$lines lines: split it at a seam of meaning" <<<"$file:500"
		[[ $(head -c 2 "$file") == '/*' ]] ||
			complain "needs a comment at its head that says what it is" <<<"$file:1"
	done
}

# Prints the place of every ereport(...) without errcode; parentheses are matched.
reports_without_code()
{
	perl -0777 -ne 'while (/\bereport\s*(\((?:[^()]++|(?1))*\))/g) {
			my ($call, $line) = ($1, 1 + (substr($_, 0, $-[0]) =~ tr/\n//));
			print "$ARGV:$line:\n" unless $call =~ /\berrcode/;
		}' "$1"
}

# list_statics FOLDER: prints the place and the name of every static function in it, once for each file.
list_statics()
{
	perl -0777 -ne 'my %seen;
		while (/^static\b[^;{}()\n]*\n(\w+)\(/gm) {
			print "$1 $ARGV:", 1 + (substr($_, 0, $-[1]) =~ tr/\n//), "\n" unless $seen{$1}++;
		}' "$1"/*.c
}

# grep, gdb and perf identify a static only by its name.
check_statics()
{
	complain "a static of this name is in another file too" < <(
		list_statics "$1" | awk '{ places[$1] = places[$1] $2 ":\n"; count[$1]++ }
			END { for (name in count) if (count[name] > 1) printf "%s", places[name] }' | sort)
	complain "a static's name says what it does to what: at least two words" < <(
		list_statics "$1" | awk '$1 !~ /_/ && $1 != "main" { print $2 ":" }')
}

# Prints the place of every function of the gateway that is longer than 50 lines.
list_long_functions()
{
	awk '/^{/ { start = FNR }
		/^}/ { if (start && FNR - start > 51) print FILENAME ":" start ":"; start = 0 }' gateway/*.c
}

# Prints the place of every exported function of the gateway whose name does not begin with pca_gw_.
list_strange_exports()
{
	perl -0777 -ne 'while (/^(?!static\b|__attribute__)\w[^;{}()\n]*\n(\w+)\(/gm) {
			print "$ARGV:", 1 + (substr($_, 0, $-[1]) =~ tr/\n//), ":\n" if $1 !~ /^(pca_gw_|main$)/;
		}' gateway/*.c
}

# The gateway reads untrusted input, and is not a part of the server. The code that
# its fuzzers call is pure.
check_gateway()
{
	local files pure=("$bare"/gateway/{text,target,http,signature,api_error}.[ch])
	local own='text|target|http|signature|api_error|base_exceptions'
	mapfile -t files < <(printf '%s\n' "$bare"/gateway/*.[ch])
	forbid "no goto" '\bgoto\b' "${files[@]}"
	forbid "copies without a limit" \
		'\b(strcpy|strcat|stpcpy|sprintf|vsprintf|gets|v?f?scanf|alloca|strtok)\s*\(' "${files[@]}"
	forbid "the gateway is no part of the server, and needs no OpenSSL" \
		'^\s*#\s*include\s*(<openssl/|"(postgres|fmgr|c)\.h"|"(base(?!_exceptions)|crypto|rule|store|op|pca)_)' \
		"${files[@]}"
	forbid "this file is pure: octets with their length in, nothing else read" \
		"^\\s*#\\s*include\\s*(<(microhttpd|libpq-fe|unistd|sys/.*)\\.h>|\"(?!($own)\\.h\"))" "${pure[@]}"
	complain "an exported symbol of the gateway begins with pca_gw_" < <(list_strange_exports)
	complain "a function has at most 50 lines" < <(list_long_functions)
	check_statics gateway
}

# comments_with WORDS: prints the place of every comment in src/ and gateway/ that has one of them.
comments_with()
{
	words=$1 perl -0777 -ne '
		while (m{"(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])+\x27|(/\*.*?\*/)}gs) {
			my ($comment, $at) = ($1 // "", $-[0]);
			while ($comment =~ /\b(?:$ENV{words})\b/gi) {
				print "$ARGV:", 1 + (substr($_, 0, $at + $-[0]) =~ tr/\n//), ":\n";
			}
		}' src/*.[ch] gateway/*.[ch]
}

# Words that a native reader stumbles over.
check_words()
{
	complain "say it in plain words: after, again, next to, available; a role that, no role, every role" < <(
		comments_with 'behind|anew|beside|whom|whoever|nobody|everybody|to[\s*]+be[\s*]+had')
}

# Before PostgreSQL 16, a symbol of the server with the same name would be used instead.
check_symbols()
{
	if [[ ! -f pca.so ]]; then
		unchecked+=('exported symbols (no pca.so: run make)')
		return
	fi
	! lacks nm 'exported symbols' || return 0
	complain "exports a symbol that does not begin with pca_" < <(
		nm -D --defined-only pca.so |
			awk '$3 !~ /^(pca_|pg_finfo_pca_|_PG_init$|_PG_fini$|Pg_magic_func$|_init$|_fini$)/ {
				print "pca.so:" $3 }')
}

check_sql()
{
	local files=(sql/*.sql) file
	mkdir "$bare/sql"
	for file in "${files[@]}"; do
		sed 's/--.*//' "$file" >"$bare/$file"
	done
	forbid "an extension's script never replaces what it finds" \
		'(?i)\bCREATE\s+OR\s+REPLACE\b|\bIF\s+NOT\s+EXISTS\b' "$bare"/sql/*.sql
	[[ -f sql/pca.sql ]] || return 0
	complain "a function needs COMMENT ON FUNCTION" < <(functions_without 'COMMENT\s+ON')
	complain "a function needs REVOKE ... FROM PUBLIC" < <(functions_without 'REVOKE\s+\w+\s+ON')
}

# functions_without STATEMENT: prints the functions of pca.sql that no such statement
# names. ON ALL FUNCTIONS IN SCHEMA names those of that schema, and a statement that is
# formatted for every function of the extension names all those above it.
functions_without()
{
	statement=$1 perl -0777 -ne '
		my $statement = qr/\b$ENV{statement}/i;
		my $name = qr/((?:[\w@]+\.)?\w+)\s*\(/;
		my (%named, %schema);
		my $loop = /\bformat\(\x27$statement\s+(?:FUNCTION\s+)?%s/i ? $-[0] : 0;
		while (/$statement\s+(?:FUNCTION|PROCEDURE|ROUTINE)\s+([^;]*)/gi) {
			my $list = $1;
			$named{$1} = 1 while $list =~ /$name/g;
		}
		$schema{$1} = 1 while /$statement\s+ALL\s+(?:FUNCTIONS|ROUTINES)\s+IN\s+SCHEMA\s+([\w@]+)/gi;
		while (/\bCREATE\s+(?:FUNCTION|PROCEDURE)\s+$name/gi) {
			my ($function, $at) = ($1, $-[0]);
			my $line = 1 + (substr($_, 0, $at) =~ tr/\n//);
			my $in = $function =~ /^([\w@]+)\./ ? $1 : "\@extschema\@";
			print "sql/pca.sql:$line:\n" unless $named{$function} || $schema{$in} || $at < $loop;
		}' "$bare/sql/pca.sql"
}

# Checks every file of the project, except this one, which contains the patterns, and
# data, which may contain any text.
check_text()
{
	local files
	mapfile -t files < <(
		{ git ls-files -co --exclude-standard 2>/dev/null ||
			find . -type f -not -path './.git/*' -printf '%P\n'; } |
			grep -vE '^test/lint\.sh$|^test/fixtures/.*/' |
			while read -r file; do [[ ! -f $file ]] || echo "$file"; done)
	forbid "unfinished: do it, or open an issue" '\b(TODO|FIXME|XXX)\b' "${files[@]}"
	forbid "a path of one machine" '(?<![\w.$}*>-])/(home|root|Users|work)(?![\w-])' "${files[@]}"
}

# A line of a test fits on a screen, also in a diff. Bytes count, a tab as one.
check_width()
{
	LC_ALL=C forbid "longer than 110 characters: break it, or let a function or a row of a table shorten it" \
		'^.{111}' test/sql/*.sql test/sql/include/*.sql test/fixtures/crl/*.sql \
		test/t/*.pl test/t/*.pm test/t/*.c test/t/*.h
}

check_shell()
{
	! lacks shellcheck 'shell scripts' || return 0
	shellcheck -S warning -f gcc .ci/run dev/*.sh demo/*.sh test/*.sh test/*/*.sh ||
		violations=$((violations + 1))
}

# Checks links, and names of files and functions, in the documents.
check_documents()
{
	perl test/documents.pl || violations=$((violations + 1))
}

# The build uses gcc; this adds the warnings of clang.
check_clang()
{
	local pg_config
	! lacks clang 'what clang warns of' || return 0
	if ! pg_config=$(dev/packages.sh pg_config 2>/dev/null); then
		unchecked+=("what clang warns of (no headers of PostgreSQL's server)")
		return
	fi
	# shellcheck disable=SC2046
	clang -fsyntax-only -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter \
		-isystem "$("$pg_config" --includedir-server)" $("$pg_config" --cppflags) src/*.c ||
		violations=$((violations + 1))
	if ! dev/packages.sh missing gateway 2>/dev/null; then
		unchecked+=("what clang warns of in gateway/ (no libmicrohttpd, no libpq)")
		return
	fi
	clang -fsyntax-only -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wformat=2 -Wshadow -Wconversion -Werror \
		-Isrc -isystem "$("$pg_config" --includedir)" gateway/*.c ||
		violations=$((violations + 1))
}

strip_comments
check_layers
check_circles
check_doors
check_code
check_statics src
check_gateway
check_words
check_symbols
check_sql
check_text
check_width
check_shell
check_documents
check_clang

if [[ $violations -gt 0 ]]; then
	echo "lint: $violations violation(s)"
	exit 1
fi
if [[ ${#unchecked[@]} -gt 0 ]]; then
	list=$(printf ', %s' "${unchecked[@]}")
	echo "lint: clean, but for what was not checked: ${list:2}"
	[[ -z ${PCA_ALL_JUDGES:-} ]]
	exit
fi
echo "lint: clean"
