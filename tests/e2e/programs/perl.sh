#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# perl: modules and files in the tree, and processes.
# timeout: 120
. "$E2E/programs/common"
need perl
more() {
  printf 'package Local::Thing;\nsub name { return __FILE__ }\n1;\n' \
    >"$1/lib/Thing.pm"
  mkdir "$1/lib/Local"
  mv "$1/lib/Thing.pm" "$1/lib/Local/"
}
start_tree
cat >"$WORK/program.pl" <<'PL'
use strict; use warnings; use Cwd; use File::Find; use File::Copy;
use File::Temp; use lib "$ENV{T}/lib"; use Local::Thing;
my $t = $ENV{T};
print Local::Thing::name(), "\n";
my @found; find(sub { push @found, $File::Find::name }, $t);
print "$_\n" for sort @found;
opendir my $dir, "$t/text" or die $!;
print join(" ", sort grep { !/^\./ } readdir $dir), "\n";
print "$_ ", -s "$t/text/$_", (-d _ ? " d" : " f"), "\n" for qw(random.bin numbers2.txt);
open my $in, "<", "$t/text/numbers5.txt" or die $!;
my $sum = 0; $sum += $_ while <$in>; print "$sum\n";
print `head -n 2 $t/text/numbers3.txt`;
copy("$t/text/numbers1.txt", "copy") or die $!; print -s "copy", "\n";
chdir "$t/text/deep" or die $!; print getcwd(), " ", Cwd::realpath(".."), "\n";
print join(" ", glob("$t/src/*.h")), "\n";
open(my $none, "<", "$t/gone") or print "gone: $!\n";
my $pid = fork; exit(-f "$t/bin/say" ? 4 : 5) unless $pid;
waitpid $pid, 0; print $? >> 8, "\n";
do "$t/lib/none.pl" or print "do: $!\n";
PL
alike perl "perl $WORK/program.pl"
expect_clean
