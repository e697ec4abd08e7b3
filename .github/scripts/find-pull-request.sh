#!/usr/bin/env bash
# Prints `number=N` of the open pull request whose head is SHA, or `number=`. Which one it is comes from
# GitHub, never from what a pull request uploaded. Needs GH_TOKEN, GITHUB_REPOSITORY, HEAD, SHA.
set -euo pipefail

number=$(gh api --method GET "repos/$GITHUB_REPOSITORY/pulls" -f state=open -f base=main -f head="$HEAD" |
  jq -r --arg sha "$SHA" '[.[] | select(.head.sha == $sha) | .number][0] // empty')
[ -n "$number" ] || echo "no open pull request to main has $SHA as its head any more" >&2
echo "number=$number"
