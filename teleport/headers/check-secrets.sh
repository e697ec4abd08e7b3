#!/bin/sh
# Checks the secrets of headers before Teleport starts. Arguments: directory of secret files, and a
# file with a line APP/KEY for each of them. Fails on a missing or empty file and on bytes that are not
# allowed in a header. Names app and key but never the value. Ignores one newline at the end.
set -eu
export LC_ALL=C
secrets=$1 uses=$2
failed=0
fault() {
  echo "check-secrets: app $app: key $key of the agent's credentials $*" >&2
  failed=1
}
while IFS=/ read -r app key; do
  file=$secrets/$key
  if [ ! -f "$file" ]; then
    fault "is missing; add it to the Vault path of agent.credentials"
    continue
  fi
  # Count bytes, because the shell would drop NULs and newlines from a value.
  bytes=$(wc -c < "$file") allowed=$(tr -d '\000-\010\012-\037\177' < "$file" | wc -c)
  [ "$(tail -c 1 "$file" | tr -d '\n' | wc -c)" -ne 0 ] || bytes=$((bytes - 1))
  if [ "$bytes" -le 0 ]; then
    fault "is empty; write its value in Vault"
  elif [ "$bytes" -ne "$allowed" ]; then
    fault "has a control character, which is not allowed in a header"
  fi
done < "$uses"
exit "$failed"
