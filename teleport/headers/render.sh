#!/bin/sh
# Renders the agent's configuration before Teleport starts, because Teleport does not expand variables
# in rewrite.headers. Arguments: configuration, directory of secret files, output file.
# Values become ASCII-only double-quoted YAML, so every byte that is allowed in a header arrives
# unchanged. Ignores trailing newlines of a file. Fails on a missing or empty file, on bytes that are
# not allowed in a header, and on {{ or }}. Names app and key but never the value.
set -eu
config=$1 secrets=$2 output=$3
umask 077
export LC_ALL=C
fail() { echo "render: $*" >&2; rm -f "$output.tmp" "$output.map"; exit 1; }

# One line per placeholder: the placeholder, a tab, the value escaped for YAML.
: > "$output.map"
# shellcheck disable=SC2013 # A placeholder has no space.
for mark in $(grep -oE '@@[A-Za-z0-9-]+/[A-Za-z0-9._-]+@@' "$config" | sort -u); do
  name=$(echo "$mark" | sed 's/^@@//; s/@@$//')
  app=$(echo "$name" | sed 's,/.*,,') key=$(echo "$name" | sed 's,^[^/]*/,,')
  where="app $app: key $key of the agent's credentials"
  [ -f "$secrets/$key" ] || fail "$where is missing; add it to the Vault path of agent.credentials"
  value=$(od -An -v -tu1 "$secrets/$key" | tr -s ' ' '\n' | awk '
    NF { byte[++n] = $1 + 0 }
    END {
      while (n > 0 && (byte[n] == 10 || byte[n] == 13)) n--
      if (n == 0) { print "empty"; exit 3 }
      for (i = 1; i <= n; i++) {
        b = byte[i]
        if ((b == 123 || b == 125) && byte[i + 1] == b) { print "braces"; exit 3 }
        if (b == 9) out = out "\\t"
        else if (b < 32 || b == 127) { print "control"; exit 3 }
        else if (b == 34 || b == 92) out = out "\\" sprintf("%c", b)
        else if (b < 127) out = out sprintf("%c", b)
        else {
          if (b >= 194 && b <= 223) { more = 1; code = b - 192; least = 128 }
          else if (b >= 224 && b <= 239) { more = 2; code = b - 224; least = 2048 }
          else if (b >= 240 && b <= 244) { more = 3; code = b - 240; least = 65536 }
          else { print "utf8"; exit 3 }
          while (more-- > 0) {
            b = byte[++i]
            if (i > n || b < 128 || b > 191) { print "utf8"; exit 3 }
            code = code * 64 + b - 128
          }
          if (code < least || code > 1114111 || (code >= 55296 && code <= 57343)) { print "utf8"; exit 3 }
          out = out sprintf("\\U%08X", code)
        }
      }
      print out
    }') || case $value in
      empty) fail "$where is empty; write its value in Vault" ;;
      control) fail "$where has a control character, which is not allowed in a header" ;;
      braces) fail "$where has {{ or }}, for which Teleport silently drops the header; set secretHeaders: sidecar" ;;
      *) fail "$where is not valid UTF-8, which YAML requires" ;;
    esac
  printf '%s\t%s\n' "$mark" "$value" >> "$output.map"
done

# awk reads both files raw: values pass through no shell or regular-expression expansion.
rm -f "$output" "$output.tmp"
awk -v map="$output.map" '
  # Not with gsub, because awk versions treat its backslashes differently.
  function requoted(single,  i, c, double) {
    for (i = 1; i <= length(single); i++) {
      c = substr(single, i, 1)
      if (c == "\047") i++
      if (c == "\\" || c == "\"") double = double "\\"
      double = double c
    }
    return double
  }
  BEGIN {
    while ((getline line < map) > 0) {
      at = index(line, "\t"); value[substr(line, 1, at - 1)] = substr(line, at + 1)
    }
  }
  # 1: the quoted text ends with the line, 0: it continues (the chart folds long ones), -1: neither.
  function ends(text, from,  i, c, quote) {
    quote = substr(text, from, 1)
    for (i = from + 1; i <= length(text); i++) {
      c = substr(text, i, 1)
      if (quote == "\"" && c == "\\") i++
      else if (c == quote && quote == "\047" && substr(text, i + 1, 1) == quote) i++
      else if (c == quote) return i == length(text) ? 1 : -1
    }
    return 0
  }
  /^ *- [\047"]/ {
    match($0, /[\047"]/); start = RSTART
    line = $0; as_read = $0
    while (ends(line, start) == 0 && (getline more) > 0) {
      as_read = as_read "\n" more
      sub(/^ +/, "", more)
      line = line " " more
    }
    if (line !~ /@@[A-Za-z0-9-]+\/[A-Za-z0-9._-]+@@/) { print as_read; next }
    text = substr(line, start + 1, length(line) - start - 1)
    if (substr(line, start, 1) == "\047") text = requoted(text)
    done_text = ""
    while (match(text, /@@[A-Za-z0-9-]+\/[A-Za-z0-9._-]+@@/)) {
      mark = substr(text, RSTART, RLENGTH)
      if (!(mark in value)) { print "no value for " mark > "/dev/stderr"; exit 4 }
      done_text = done_text substr(text, 1, RSTART - 1) value[mark]
      text = substr(text, RSTART + RLENGTH)
    }
    print substr(line, 1, start - 1) "\"" done_text text "\""
    next
  }
  /@@[A-Za-z0-9-]+\/[A-Za-z0-9._-]+@@/ {
    print "line " NR " has a placeholder outside a quoted list item" > "/dev/stderr"; exit 4
  }
  { print }' "$config" > "$output.tmp" || fail "the configuration could not be rendered"
rm -f "$output.map"
chmod 0400 "$output.tmp"
mv "$output.tmp" "$output"
