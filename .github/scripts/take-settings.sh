#!/usr/bin/env bash
# Brings the checkout to what `main` becomes with the settings of pull request NUMBER, and none of its
# code: the program, its packages and the workflows stay those of `main`. Needs NUMBER and SHA; leaves
# in reports/left-out how many changed files were not taken over.
set -euo pipefail

# Stack files, files of apps and resources, and public keys, of the checkout and of the projects in stacks/.
settings='^(stacks/[a-z0-9-]+/)?(Pulumi\.[A-Za-z0-9_-]+\.ya?ml|(apps|resources)/[A-Za-z0-9_./-]+\.ya?ml|jwks/[A-Za-z0-9_.-]+\.json)$'

git fetch --quiet --no-tags origin "+refs/pull/$NUMBER/merge:refs/access-plane/merge"
if [ "$(git rev-parse refs/access-plane/merge^2)" != "$SHA" ]; then
  echo "the pull request has moved on since $SHA" >&2
  exit 1
fi
base=$(git rev-parse refs/access-plane/merge^1)
git merge-base --is-ancestor "$base" HEAD
git checkout --quiet --detach "$base"

left_out=0
while IFS= read -r -d '' file; do
  entry=$(git ls-tree refs/access-plane/merge -- ":(literal)$file")
  if ! [[ $file =~ $settings ]] || [[ $file == *..* ]]; then
    left_out=$((left_out + 1))
  elif [ -z "$entry" ]; then
    rm -f -- "$file"
  elif [[ $entry == "100644 blob "* ]]; then
    mkdir -p -- "$(dirname -- "$file")"
    git cat-file blob "refs/access-plane/merge:$file" > "$file"
  else
    # A symbolic link, a submodule or a program is no settings file.
    left_out=$((left_out + 1))
  fi
done < <(git diff --name-only --no-renames -z "$base" refs/access-plane/merge)

mkdir -p reports
echo "$left_out" > reports/left-out
