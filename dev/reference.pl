#!/usr/bin/env perl
#
# Prints docs/REFERENCE.md with the parts that are generated, each between
# <!-- NAME: generated --> and <!-- end -->, as they should be:
#
#   functions    parameters and results: the catalog, and COMMENT ON
#   views        the catalog
#   access       what pca_grant_access grants for each access, asked of the catalog
#   structures   the members of every structure: the rows of src/base_model.c
#   templates    pca.templates
#   settings     pg_settings
#
# psql must lead, by its environment, to a superuser's database that has the
# extension. `make reference` sees to that, and writes the file.
use strict;
use warnings;
use utf8;

use FindBin;
use JSON::PP ();

my $top = "$FindBin::Bin/..";

#
# The shapes: src/base_model.c, and the few that one function alone has
#

my %shape;      # by the name of its row

sub slurp
{
	my ($file) = @_;

	local $/;
	open my $handle, '<:encoding(UTF-8)', "$top/$file" or die "$file: $!\n";
	return <$handle>;
}

sub unquote { return $_[0] =~ s/"\s*"//gr =~ s/^"|"$//gr =~ s/\\(.)/$1/gr }

my $string = qr/"(?:\\.|[^"\\])*"(?:\s*"(?:\\.|[^"\\])*")*/;

sub members
{
	my ($text, $place) = @_;
	my @members;

	while ($text =~ /\G\s*(?:(REQUIRED|OPTIONAL)\(("\w+"),\s*(\w+)\)|\{NULL, NULL, false\}),?/gc)
	{
		push @members, { name => unquote($2), shape => $3, required => $1 eq 'REQUIRED' } if $1;
	}
	die "$place: this is no list of members: " . substr($text, pos($text) // 0) . "\n" if $text !~ /\G\s*$/gc;
	return \@members;
}

sub words { return [ map { unquote($_) } $_[0] =~ /$string/g ] }

# A row that is written as a designated initializer.
sub fields
{
	my ($text, $place) = @_;
	my %row;

	while ($text =~ /\G\s*\.(\w+)\s*=\s*(\([\w\s*]+\[\]\)\s*(\{(?:[^{}"]|$string|(?3))*\})|$string|[&\w]+),?/gc)
	{
		my ($field, $value) = ($1, $2);

		$row{$field} =
		    $field eq 'members' ? members($value =~ s/^[^{]*\{|\}$//gr, $place)
		  : $field eq 'words' ? ($value =~ /\{/ ? words($value) : undef)
		  : $value =~ /^"/ ? unquote($value)
		  : $value =~ s/^&//r;
	}
	die "$place: this is no row: $text\n" if $text !~ /\G\s*$/gc;
	$row{kind} = lc($row{kind} =~ s/^PCA_SHAPE_//r);
	return \%row;
}

# One row of base_model.c, whichever macro writes it. What is none is an error, so that no row is missed.
sub read_row
{
	my ($text, $place) = @_;

	return ($2, { kind => 'structure', is_union => $1 eq 'UNION', members => members($3, $place) })
	  if $text =~ /^(STRUCTURE|UNION)\((\w+),(.*)\)$/s;
	return ($1, { kind => 'string', words => words($2) }) if $text =~ /^ENUM\((\w+),(.*)\)$/s;
	return ($1, { kind => 'list', min => $2, max => $3, element => $4 })
	  if $text =~ /^LIST\((\w+), (\w+), (\w+), (\w+)\)$/;
	return ($1, { kind => 'string', min => $2, max => $3 }) if $text =~ /^STRING\((\w+), (\w+), (\w+)\)$/;
	return ($1, { kind => 'string', min => $2, max => $3, pattern => unquote($4) })
	  if $text =~ /^PATTERN\((\w+), (\w+), (\w+), \w+,\s*($string)\)$/s;
	return ($1, fields($2, $place)) if $text =~ /^(?:static )?const PcaShape (\w+) = \{(.*)\}$/s;
	die "$place: this is no row: $text\n";
}

sub without_comments { return $_[0] =~ s{($string)|/\*.*?\*/}{$1 // ''}gesr }

sub read_model
{
	my $text = without_comments(slurp('src/base_model.c')) =~ s/\\\n/ /gr;
	my %macro;

	$macro{$1} = $2 while $text =~ /^#define (\w+)[ \t]+(.*)$/mg;
	$text =~ s/^#.*$//mg;
	$text =~ s/\b(\w+)\b/$macro{$1} \/\/ $1/ge for 1 .. 2;
	while ($text =~ /\G\s*((?:[^;"]|$string)*);/gc)
	{
		my ($name, $row) = read_row($1, 'src/base_model.c');

		$shape{$name} = $row;
	}
	die 'src/base_model.c: this is no row: ' . substr($text, pos($text) // 0) . "\n" if $text !~ /\G\s*$/gc;
}

# What a parameter is checked with, where its name does not say so.
my %shape_of = (
	csr => 'csr_blob',
	certificate => 'certificate_body_blob',
	certificate_chain => 'certificate_chain_blob',
	tags => 'tag_list',
	actions => 'action_list',
	validity_not_before => 'validity',
	source_account => 'account_id',
	permanent_deletion_time_in_days => 'deletion_days',
	map { $_ => 'arn' } qw(certificate_authority_arn resource_arn certificate_arn));

# Parameters of which the model says nothing.
my %free = (
	role => 'a role',
	template_arn => 'the ARN of a [template](#templates)',
	crl => 'a CRL, DER, of at most 256 MB',
	operation => 'an operation of the API',
	accept_loss => '`true`, `false`',
	etag => 'an ETag that `pca_object_head` returned',
	'pca_ocsp.request' => 'an OCSP request, DER, of at most 65,536 bytes',
	'pca_ocsp_response.request' => 'an OCSP request, DER, of at most 65,536 bytes',
	authorization => 'the header of that name, of at most 8,192 bytes',
	canonical_request => 'the canonical request of AWS Signature Version 4 without the digest of the body, its last line; of at most 65,536 bytes',
	invocation_id => 'the header `amz-sdk-invocation-id`, used if the client has not signed it',
	body => 'the body of the request, of at most 4,194,304 bytes',
	'pca_api.request' => '[the API\'s JSON](#the-apis-json)');

# The shapes of one function, and that %shape_of says what the functions do.
sub read_functions
{
	foreach my $file (map { s{^.*/src/}{src/}r } sort glob "$top/src/op_*.c")
	{
		my $text = without_comments(slurp($file));

		while ($text =~ /"(\w+)",\s*&pca_shape_(\w+)/g)
		{
			my $expected = $shape_of{$1} // $1;

			die "$file: \"$1\" is checked with pca_shape_$2, %shape_of says $expected\n" if $expected ne $2;
		}
		while ($text =~ /^\tstatic (const PcaShape (\w+?)(?:_shape)? = \{[^;]*\});/mg)
		{
			$shape{$2} = (read_row($1, $file))[1];
		}
	}
}

#
# How a shape is told
#

# 1,234,567
sub number { return scalar reverse join ',', reverse($_[0]) =~ /\d{1,3}/g }

# How many units, or which numbers, a shape allows.
sub range_of
{
	my ($row, $unit) = @_;
	my ($min, $max) = @$row{qw(min max)};
	my $range =
	    $max eq 'PG_INT64_MAX' ? ($min == 0 ? 'any number of' : 'at least ' . number($min))
	  : $min == $max ? number($min)
	  : $min == 0 && $unit ? 'at most ' . number($max)
	  : number($min) . ' to ' . number($max);

	return $unit ? "$range $unit" : $range;
}

# In a table a bar ends the cell, in code too.
sub code { return '`' . $_[0] =~ s/\|/\\|/gr . '`' }

# As the API writes it: asn1_subject is ASN1Subject.
sub title { return join('', map { ucfirst } split /_/, $_[0] =~ s/^pca_shape_//r) =~ s/^Asn1/ASN1/r }

sub link_to
{
	my ($name) = @_;
	my $title = title($name);

	return "[$title](#\L$title\E)";
}

# What values a shape has.
sub values_of
{
	my ($name) = @_;
	my $row = $shape{$name} // die "there is no shape $name\n";
	my $kind = $row->{kind};

	return join ', ', map { code($_) } @{ $row->{words} } if $row->{words};
	return link_to($name) if $kind eq 'structure';
	return code('true') . ', ' . code('false') if $kind eq 'boolean';
	return range_of($row) if $kind eq 'integer';
	return range_of($row, 'bytes') if $kind eq 'blob';
	return range_of($row, 'characters') . ($row->{pattern} ? '; ' . code($row->{pattern}) : '') if $kind eq 'string';
	return range_of($row, 'of ' . values_of($row->{element})) =~ s/of of/of/r;
}

sub type_of
{
	my ($name) = @_;
	my $row = $shape{$name};

	return 'object' if $row->{kind} eq 'structure';
	return $row->{kind} eq 'list' ? 'array of ' . type_of($row->{element}) . 's' : $row->{kind};
}

sub table
{
	my ($head, @rows) = @_;

	my $line = sub { return '|' . join('|', map { $_ eq '' ? ' ' : " $_ " } @_) . "|\n" };

	return join '', $line->(@$head), '|' . '---|' x @$head . "\n", map { $line->(@$_) } @rows;
}

sub structure
{
	my ($name, @parameters) = @_;
	my $row = $shape{$name};
	my $text = '### ' . title($name) . "\n\n";

	my $s = @parameters > 1 ? 's' : '';
	my @members = map { [ code($_->{name}), type_of($_->{shape}), $_->{required} ? 'yes' : '', values_of($_->{shape}) ] }
	  @{ $row->{members} };

	$text .= "The parameter$s " . join(' and ', map { code($_) } @parameters) . ".\n\n" if @parameters;
	return $text . table([ 'member', 'type', 'required', 'values' ], @members) if !$row->{is_union};
	splice @$_, 2, 1 for @members;
	return "${text}Exactly one of these members.\n\n" . table([ 'member', 'type', 'values' ], @members);
}

#
# The catalog
#

sub query
{
	my ($sql) = @_;

	my @command = ('psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', "LOAD 'pca'", '-c', $sql);

	open my $psql, '-|:encoding(UTF-8)', @command or die "psql: $!\n";
	my $json = do { local $/; <$psql> } =~ s/timestamp with time zone/timestamptz/gr;
	close $psql or die "psql failed\n";
	return JSON::PP->new->decode($json);
}

# An SQL expression: an array of the columns of a result, as "name type".
my $columns = q{ARRAY(SELECT a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
	FROM pg_attribute AS a WHERE a.attrelid = %s AND a.attnum > 0 ORDER BY a.attnum)};

sub functions
{
	my $of_type = sprintf $columns, '(SELECT t.typrelid FROM pg_type AS t WHERE t.oid = p.prorettype)';

	return @{ query(<<"SQL") };
SELECT json_agg(f ORDER BY f.name) FROM (
	SELECT p.proname AS name, obj_description(p.oid, 'pg_proc') AS comment,
		p.proretset AS is_set, p.prorettype::regtype AS type,
		ARRAY(SELECT json_build_object('name', p.proargnames[i], 'type', p.proargtypes[i - 1]::regtype,
				'is_optional', i > p.pronargs - p.pronargdefaults, 'default', pg_get_function_arg_default(p.oid, i))
			FROM generate_series(1, p.pronargs) AS i ORDER BY i) AS parameters,
		CASE WHEN p.proallargtypes IS NULL THEN $of_type
			ELSE ARRAY(SELECT p.proargnames[i] || ' ' || p.proallargtypes[i]::regtype
				FROM generate_series(1, cardinality(p.proallargtypes)) AS i
				WHERE p.proargmodes[i] IN ('o', 't') ORDER BY i) END AS columns
	FROM pg_proc AS p JOIN pg_extension AS e ON e.extname = 'pca' AND e.extnamespace = p.pronamespace
	WHERE p.proname ^@ 'pca_') AS f
SQL
}

my %parameters;     # of a shape: the parameters that it checks

sub values_of_parameter
{
	my ($function, $parameter) = @_;
	my $free = $free{"$function.$parameter"} // $free{$parameter};
	my $name = $shape_of{$parameter} // $parameter;

	return $free if defined $free;
	return join ', ', map { code($_) } accesses() if $parameter eq 'access';
	($name) = grep { $shape{$_} } "pca_shape_$name", $name;
	die "$function: the parameter $parameter has no shape: see %shape_of and %free\n" if !$name;
	$parameters{$name}{$parameter} = 1;
	return values_of($name);
}

sub function
{
	my ($f) = @_;
	my ($operation, $comment) = $f->{comment} =~ /^(?:([A-Z]\w+): )?(.*)$/s;
	my @rows = map {
		my $name = code($_->{name});
		my $default = ($_->{default} // 'NULL') =~ s/::.*//r;

		[ ($_->{is_optional} ? "*$name*" : $name) . ($default ne 'NULL' ? " ($default)" : ''), $_->{type},
			values_of_parameter($f->{name}, $_->{name}) ];
	} @{ $f->{parameters} };
	my @columns = @{ $f->{columns} };
	my $result =
	    @columns ? ($f->{is_set} ? 'rows of ' : 'a row of ') . join(', ', map { code($_) } @columns)
	  : $f->{type} eq 'void' ? 'none'
	  : code($f->{type});

	return "#### $f->{name}\n\n" . ($operation ? "**$operation.** " : '') . ucfirst($comment) . ". Result: $result.\n"
	  . (@rows ? "\n" . table([ 'parameter', 'type', 'values' ], @rows) : '');
}

my @functions;

sub write_functions
{
	# The comment of an operation begins with its name; that of a waiter too, which is no operation.
	my $is_operation = sub { return $_[0]->{comment} =~ /^[A-Z]\w+: / && $_[0]->{name} !~ /^pca_wait_/ };
	my @operations = grep { $is_operation->($_) } @functions;
	my @others = grep { !$is_operation->($_) } @functions;

	return "### Operations of the API\n\n" . join("\n", map { function($_) } @operations)
	  . "\n### Not in the API\n\n" . join("\n", map { function($_) } @others);
}

# The accesses, in the words of the function that knows them.
my @accesses;

sub accesses
{
	return @accesses if @accesses;
	my $errors = qx{psql -X -c "SELECT pca_grant_access(current_user::regrole, '?'::text)" 2>&1};

	@accesses = split /, /, $1 if $errors =~ /^HINT:  Valid values are: (.*)\.$/m;
	die "pca_grant_access does not say which accesses there are: $errors" if !@accesses;
	return @accesses;
}

# Which functions and views a role has with each access: {access}{name}. The roles are rolled back.
my $grants;

sub read_grants
{
	my @accesses = accesses();
	my $sql = "BEGIN; SET LOCAL client_min_messages = error;\n";

	foreach my $access (@accesses)
	{
		my $role = "pca_reference_$access";

		$sql .= "CREATE ROLE $role; SELECT FROM pca_grant_access('$role'::regrole, '$access'::text);\n";
	}
	my $roles = join ', ', map { "('$_')" } @accesses;
	$grants = query(<<"SQL");
$sql
SELECT json_object_agg(a.access, (
	SELECT json_object_agg(o.name, o.is_granted) FROM (
		SELECT p.proname AS name, has_function_privilege(r.rolname, p.oid, 'EXECUTE') AS is_granted
		FROM pg_proc AS p JOIN pg_extension AS e ON e.extname = 'pca' AND e.extnamespace = p.pronamespace
		WHERE p.proname ^@ 'pca_'
		UNION ALL
		SELECT 'pca.' || c.relname, has_table_privilege(r.rolname, c.oid, 'SELECT')
		FROM pg_class AS c WHERE c.relkind = 'v' AND c.relnamespace = 'pca'::regnamespace) AS o))
FROM (VALUES $roles) AS a (access) JOIN pg_roles AS r ON r.rolname = 'pca_reference_' || a.access;
ROLLBACK
SQL
}

sub is_granted { my ($name) = @_; return grep { $grants->{$_}{$name} } accesses() }

sub write_views
{
	my $of_view = sprintf $columns, 'c.oid';
	my @views = grep { is_granted("pca.$_->{name}") } @{ query(<<"SQL") };
SELECT json_agg(v ORDER BY v.name) FROM (
	SELECT c.relname AS name, obj_description(c.oid, 'pg_class') AS comment, $of_view AS columns
	FROM pg_class AS c WHERE c.relkind = 'v' AND c.relnamespace = 'pca'::regnamespace) AS v
SQL

	my $section = sub {
		my ($view) = @_;
		my $list = join ', ', map { code($_) } @{ $view->{columns} };

		return "#### pca.$view->{name}\n\n\u$view->{comment}. Columns: $list.\n";
	};

	return join "\n", map { $section->($_) } @views;
}

sub write_access
{
	my @names = map { $_->{name} } @functions;

	push @names, sort grep { /^pca\./ && is_granted($_) } keys %{ (values %$grants)[0] };
	my $row = sub { my ($name) = @_; return [ code($name), map { $grants->{$_}{$name} ? '✓' : '' } accesses() ] };

	return table([ '', accesses() ], map { $row->($_) } @names);
}

# The structures that a structure has as members.
sub inner
{
	my ($name) = @_;

	my @all = map { $shape{ $_->{shape} }{element} // $_->{shape} } @{ $shape{$name}{members} };

	return grep { $shape{$_}{kind} eq 'structure' } @all;
}

# Those of the parameters come first, then what is in them. A shape that nothing has would be missed: it is an error.
sub write_structures
{
	my %of = map { $_ => [ sort keys %{ $parameters{$_} } ] } keys %parameters;
	my (@text, %done);

	$of{ $shape{$_}{element} } = $of{$_} for grep { $shape{$_}{kind} eq 'list' } keys %of;
	my @todo = sort grep { $shape{$_}{kind} eq 'structure' } keys %of;
	while (defined(my $name = shift @todo))
	{
		next if $done{$name}++;
		push @text, structure($name, @{ $of{$name} // [] });
		push @todo, inner($name);
	}
	my @missed = grep { $shape{$_}{kind} eq 'structure' ? !$done{$_} : /^pca_shape_/ && !$of{$_} } sort keys %shape;
	die "src/base_model.c: no parameter has @missed: see %shape_of\n" if @missed;
	return join "\n", @text;
}

# A row for each family of templates, which differ in what they pass through alone.
sub write_templates
{
	my %varieties = ('false false' => 'plain', 'true false' => 'API', 'false true' => 'CSR', 'true true' => 'APICSR');
	my @templates = @{ query('SELECT json_agg(t) FROM pca.templates AS t') };
	my (@rows, %row);

	foreach my $t (@templates)
	{
		my $family = $t->{name} =~ s{(?:_[A-Z]+Passthrough)?/V1$}{}r;
		my @facts = (
			$t->{is_self_signed} ? 'a CA\'s own, self-signed' : $t->{is_ca} ? 'a CA' : 'end entity',
			$t->{path_length} // '',
			join(', ', @{ $t->{key_usage} // [] }),
			join(', ', @{ $t->{extended_key_usage} // [] }) . ($t->{extended_key_usage_critical} ? ' (critical)' : ''),
			$t->{basic_constraints_critical} ? 'critical' : '');
		my $variety = join ' ', map { $_ ? 'true' : 'false' } @$t{qw(api_passthrough csr_passthrough)};

		push @rows, $row{$family} = [ code($family), @facts, '' ] if !$row{$family};
		die "$t->{name}: its family has other facts\n" if "@{ $row{$family} }[1 .. @facts]" ne "@facts";
		$row{$family}[-1] .= ($row{$family}[-1] ? ', ' : '') . $varieties{$variety};
	}
	return scalar(@templates) . " templates.\n\n"
	  . table([ 'name', 'certificate', 'path length', 'key usage', 'extended key usage', 'basic constraints', 'varieties' ], @rows);
}

sub time_of
{
	my ($seconds) = @_;

	return 'none' if $seconds == 2**31 - 1;
	foreach my $unit ([ 86400, 'd' ], [ 3600, 'h' ], [ 60, 'min' ])
	{
		return $seconds / $unit->[0] . " $unit->[1]" if $seconds && $seconds % $unit->[0] == 0;
	}
	return $seconds ? "$seconds s" : 0;
}

sub write_settings
{
	my %set_by = (superuser => 'superusers', sighup => 'the configuration');
	my @rows;

	foreach my $s (@{ query(q{SELECT json_agg(s ORDER BY s.name) FROM pg_settings AS s WHERE s.name ^@ 'pca.'}) })
	{
		my $default = $s->{boot_val} eq '' ? 'empty' : code($s->{boot_val});
		my $range = '';
		my $text = join ' ', grep { defined } @$s{qw(short_desc extra_desc)};

		if ($s->{vartype} eq 'integer')
		{
			die "$s->{name}: its unit is $s->{unit}\n" if $s->{unit} ne 's';
			$default = time_of($s->{boot_val});
			$range = (time_of($s->{min_val}) . ' to ' . time_of($s->{max_val})) =~ s/^(.*) to none$/at least $1/r;
		}
		push @rows, [ code($s->{name}), $default, $range, $set_by{ $s->{context} } // $s->{context}, $text ];
	}
	return table([ 'setting', 'default', 'range', 'set by', '' ], @rows);
}

read_model();
read_functions();
read_grants();
@functions = functions();
my $document = slurp('docs/REFERENCE.md');
my %write = (
	functions => \&write_functions,
	views => \&write_views,
	access => \&write_access,
	structures => \&write_structures,
	templates => \&write_templates,
	settings => \&write_settings);
# Functions come first: they say which structures there are.
foreach my $part ('functions', 'views', 'access', 'structures', 'templates', 'settings')
{
	my $text = $write{$part}->();

	$document =~ s/(<!-- $part: generated -->\n).*?(?=<!-- end -->)/$1\n$text\n/s
	  or die "docs/REFERENCE.md: there is no place for $part\n";
}
binmode STDOUT, ':encoding(UTF-8)';
print $document;
